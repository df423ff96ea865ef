"""One frame of a stored file, for whoever wants to show it."""

import tempfile
from pathlib import Path

from google.cloud import storage

from include.faces.face import Image
from include.faces.media.decoder import Decoder
from include.lake.objects import read_into


def stored_frame(gcs: storage.Client, decoder: Decoder, address: str, at_ms: int = 0) -> Image:
    """A stored picture, or the frame of a video that was sampled at that time. Raises what reading it raises."""
    with tempfile.NamedTemporaryFile() as file:
        read_into(gcs, address, file)  # type: ignore[arg-type]
        file.flush()
        return decoder.one(Path(file.name), at_ms)
