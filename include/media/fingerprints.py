"""What is known of how a picture looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fingerprint:
    """Perceptual hash and its quality; neither of what is no picture, or cannot be opened here."""

    phash: str | None = None
    phash_quality: int | None = None
