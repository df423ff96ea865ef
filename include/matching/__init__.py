"""Whose face is this: references, matches in SQL, evidence that a person can check."""
