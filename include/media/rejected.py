"""Why a file is not kept."""


class Rejected(Exception):
    """This file must not come into the lake; the message says why, in words for a row."""
