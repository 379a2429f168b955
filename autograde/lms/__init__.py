"""Learning management systems: their lists of students in, scores out."""
