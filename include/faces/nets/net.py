"""What every runtime gives and takes: a net that is ready to run, how it wants its pixels, how many threads it has."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from include.faces.face import Floats
from include.media.image import Image

FULL, FAST = "f32", "bf16"


@dataclass(frozen=True)
class Scaling:
    """How a net wants its pixels: we give n x height x width x 3 of 8 bits in RGB."""

    layout: str = "NCHW"
    mean: Sequence[float] = (0.0, 0.0, 0.0)
    deviation: Sequence[float] = (1.0, 1.0, 1.0)
    colours: str = "RGB"


class Net(Protocol):
    """A net that is ready to run, by several threads at once."""

    def __call__(self, pixels: Image) -> list[Floats]:
        """Its outputs, in their order, for n x height x width x 3 of 8 bits in RGB."""
        ...


def threads() -> int:
    """FACEWARDEN_THREADS, else the processors that this process may use: a container's share, not the host's."""
    asked = os.environ.get("FACEWARDEN_THREADS", "")
    if asked.isdigit():
        return max(1, int(asked))
    return min(len(os.sched_getaffinity(0)), _quota(Path("/sys/fs/cgroup/cpu.max")))


def _quota(file: Path) -> int:
    """Processors that the control group may keep busy; more than there are where it has no limit."""
    try:
        quota, period = file.read_text().split()
        return max(1, -(-int(quota) // int(period)))
    except (OSError, ValueError):  # no such file; or "max"
        return 1 << 16
