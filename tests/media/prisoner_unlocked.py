"""The same where the kernel has no Landlock."""

from include.media.cage import landlock
from tests.media.prisoner import answers, prepare


def _refused() -> None:
    raise landlock.NoLandlock("as if this kernel had none")


landlock.restrict = _refused
__all__ = ["answers", "prepare"]
