"""The oracle, the exam that it writes, the checker that compares, and the verdict."""
