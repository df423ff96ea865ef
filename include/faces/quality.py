"""Whether a face is good enough to be told from others."""

import cv2

from include.faces.face import Detection, Image

# Below this many pixels an embedding has moved farther than most people are apart. Below this sharpness strangers
# begin to look alike, which is worse: blur matches blur. Measured at the fixed crop size of 112: docs/benchmarks.md.
MIN_SIDE = 20.0
MIN_SHARPNESS = 15.0


def sharpness(crop: Image) -> float:
    """Variance of the Laplacian on the aligned 112 x 112 grey crop. Noise passes for sharpness."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def why_not(found: Detection, sharp: float) -> str | None:
    """Why this face gets no embedding, or None when it may have one."""
    side = float(min(found.box[2], found.box[3]))
    if side < MIN_SIDE:
        return f"too small: {side:.0f} pixels, {MIN_SIDE:.0f} are needed"
    if sharp < MIN_SHARPNESS:
        return f"too blurred: sharpness {sharp:.0f}, {MIN_SHARPNESS:.0f} is needed"
    return None
