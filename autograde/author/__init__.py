"""For those who write assignments: release, recorded answers, the audit, a new chapter."""
