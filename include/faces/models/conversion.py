"""Foreign weight files turned, once, into bare numbers, so that nothing that runs on a worker unpickles anything."""

import io
from collections.abc import Callable
from typing import Any

_ALLOWED = {("joblib.numpy_pickle", "NumpyArrayWrapper"), ("numpy", "ndarray"), ("numpy", "dtype")}


def joblib_to_floats(data: bytes) -> bytes:
    """The arrays of a joblib file (lz4), one after the other, as little-endian 32-bit floats.

    The bytes have been checked against their sha256 before they come here; all the same, the pickle inside is read by
    a reader that knows three names (an array, its type, joblib's wrapper) and refuses every other.
    """
    import lz4.frame
    from joblib.numpy_pickle import NumpyUnpickler

    class ArraysOnly(NumpyUnpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) not in _ALLOWED:
                raise ValueError(f"weights file wants {module}.{name}, which is no array")
            return super().find_class(module, name)

    stream = io.BytesIO(lz4.frame.decompress(data))
    arrays = ArraysOnly("", stream, ensure_native_byte_order=True).load()
    return b"".join(array.astype("<f4").tobytes() for array in arrays)


CONVERTERS: dict[str, Callable[[bytes], bytes]] = {"joblib-to-floats": joblib_to_floats}
