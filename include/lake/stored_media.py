"""Frames of a stored file, for whoever wants to show them."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from google.cloud import storage

from include.lake.objects import read_into
from include.media.decoder import Decoder
from include.media.image import Image


def stored_frames(gcs: storage.Client, decoder: Decoder, address: str, times: Iterable[int]) -> dict[int, Image]:
    """A stored picture (at 0), or a video's frames of these times. Raises what reading it raises."""
    with tempfile.TemporaryFile() as file:  # without a name: what is killed leaves nothing behind
        read_into(gcs, address, file)
        file.flush()
        return decoder.at(Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"), times)
