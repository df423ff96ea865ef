"""What a picture is in memory, for everybody who looks at one or changes it."""

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # height x width x 3, RGB, upright
