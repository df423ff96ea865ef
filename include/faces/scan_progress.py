"""How far a scan has come, and what it came to in the end."""

from include.core.progress import Progress
from include.core.run import Log


class ScanProgress(Progress):
    """Counts frames, their pixels and faces too: an engine's speed is told in these."""

    def __init__(self, files: int, size: int, log: Log) -> None:
        super().__init__(files, size, log)
        self.frames = self.faces = self.pixels = 0

    def searched(self, pixels: int, faces: int) -> None:
        """A frame has been searched for faces."""
        with self._lock:
            self.frames += 1
            self.pixels += pixels
            self.faces += faces
            self._tell()

    def _line(self) -> str:
        faces, megapixels = self.faces / self.seconds, self.pixels / 1e6 / self.seconds
        return (
            f"{self.done_files} of {self.files} files, {self.frames} frames, {self.faces} faces: "
            f"{faces:.1f} faces and {megapixels:.1f} megapixels a second, {self.left}"
        )
