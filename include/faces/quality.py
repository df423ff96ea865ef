"""Whether a face is good enough to be told from others."""

import cv2
import numpy as np

from include.faces.alignment import TEMPLATE
from include.faces.face import Detection, Floats, Pose
from include.media.image import Image

# Below this many pixels an embedding has moved farther than most people are apart. Below this sharpness strangers
# begin to look alike, which is worse: blur matches blur. Measured at the fixed crop size of 112: docs/benchmarks.md.
MIN_SIDE = 20.0
MIN_SHARPNESS = 15.0

# The five landmarks of an average head that looks at us, in distances between the eyes: x to the right, y down, z away
# from us. Seen from the front it is the template that faces are aligned to; the tip of the nose stands out.
_HEAD = np.column_stack([(TEMPLATE - TEMPLATE.mean(0)) / 35.24, [0.1, 0.1, -0.4, 0.1, 0.1]]).astype(np.float64)
_FIT = np.linalg.pinv(_HEAD)


def sharpness(crop: Image) -> float:
    """Variance of the Laplacian on the aligned 112 x 112 grey crop. Noise passes for sharpness."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def pose(landmarks: Floats) -> Pose:
    """Where the face looks, from the rotation that brings an average head nearest to its five landmarks."""
    points = landmarks.astype(np.float64)
    u, _, v = np.linalg.svd((_FIT @ (points - points.mean(0))).T, full_matrices=False)
    right, down = u @ v  # two rows of a rotation; the third stands at right angles to both
    away = np.cross(right, down)
    yaw = np.arctan2(away[0], np.hypot(right[0], down[0]))
    pitch = np.arctan2(-away[1], away[2])
    roll = np.arctan2(down[0], right[0])
    return Pose(*(round(float(np.degrees(angle)), 1) for angle in (yaw, pitch, roll)))


def why_not(found: Detection, sharp: float) -> str | None:
    """Why this face gets no embedding, or None when it may have one."""
    if found.box.side < MIN_SIDE:
        return f"too small: {found.box.side:.0f} pixels, {MIN_SIDE:.0f} are needed"
    if sharp < MIN_SHARPNESS:
        return f"too blurred: sharpness {sharp:.0f}, {MIN_SHARPNESS:.0f} is needed"
    return None
