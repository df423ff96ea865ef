"""Stored frames for the evidence page, and who can be seen in them."""

from collections.abc import Iterable
from types import TracebackType

from include.core.run import Run
from include.faces.engine import Engine, engine_for
from include.lake.stored_media import stored_frames
from include.media.box import Box
from include.media.decoder import Decoder
from include.media.image import Image


class Viewer:
    """Opens stored files in a process that may die of them; the engine is loaded with the first video."""

    def __init__(self, run: Run) -> None:
        self._run = run
        # The frame that is wanted may be the last of a long film.
        self._decoder = Decoder(stall_seconds=600, processor_seconds=1200)

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._decoder.close()

    def frames(self, address: str, times: Iterable[int] = (0,)) -> dict[int, Image]:
        """A stored picture (at 0), or a video's frames of these times."""
        return stored_frames(self._run.gcs, self._decoder, address, times)

    def faces(self, image: Image) -> list[Box]:
        """All faces that can be found in a frame, by the engine of now."""
        return [face.box for face in self.engine().find(image)]

    def engine(self) -> Engine:
        """The engine of now, loaded when it is first needed."""
        return engine_for(self._run)
