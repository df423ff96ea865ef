"""What a person can say of a match. Light to import: a DAG's form is made of it."""

from enum import StrEnum


class Verdict(StrEnum):
    """It is the subject; it is not; nobody can say yet."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
