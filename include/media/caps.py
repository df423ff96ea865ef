"""What is opened at most, and the one error for what is not. Light to import: nothing here decodes."""

MAX_BYTES = 64 << 20
MAX_PIXELS = 64_000_000
# As long as a JPEG can be: captures of whole chats are. Beyond it rows alone take more memory than pictures do.
MAX_SIDE = 65_535


class Unreadable(Exception):
    """These bytes are no picture that can be looked at; the message says why, in words for a row."""


def check_size(width: int, height: int) -> None:
    """Raises Unreadable for a picture, or a frame, that is larger than any that is opened."""
    if max(width, height) > MAX_SIDE:
        raise Unreadable(f"too long a side: {width} x {height}, at most {MAX_SIDE} are opened")
    if width * height > MAX_PIXELS:
        raise Unreadable(f"too many pixels: {width} x {height}, at most {MAX_PIXELS} are opened")
