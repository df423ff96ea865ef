"""Errors that trying again does not mend."""


class Mistake(ValueError):
    """What was asked for cannot be done; the message says what to change. Nothing was written."""
