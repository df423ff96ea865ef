"""How far a download has come."""

from include.core.progress import Progress
from include.core.sizes import readable


class DownloadProgress(Progress):
    """Tells of bytes and of their speed."""

    def _line(self) -> str:
        return (
            f"{self.done_files} of {self.files} files, {readable(self.done_bytes)} of {readable(self.size)}, "
            f"{readable(self.done_bytes / self.seconds)} a second, {self.left}"
        )
