"""Grading: one submission, a class, a cluster, and what is remembered of it."""
