"""Made-up faces for tests/bench/search.py, in blocks, so that a million of them never lie in memory at once."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ENGINE = "bench"
NEAREST = 10
Matrix = np.ndarray[Any, Any]
Nearest = list[list[tuple[str, float]]]  # for each probe


@dataclass
class Faces:
    """Unit vectors of a seed, in files; what was made so far is `count`."""

    folder: Path
    dimensions: int
    most: int
    count: int = 0
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.double = self._file("float64")
        self.single = self._file("float32")
        self._random = np.random.default_rng(self.dimensions)

    def _file(self, kind: str) -> Matrix:
        shape = (self.most, self.dimensions)
        return np.lib.format.open_memmap(self.folder / f"{kind}.npy", mode="w+", dtype=kind, shape=shape)

    def portion(self, count: int) -> Path:
        """So many more; the Parquet file that all databases load."""
        block = self._random.normal(size=(count, self.dimensions))
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        ids = [hashlib.sha256(str(self.count + number).encode()).hexdigest() for number in range(count)]
        self.double[self.count : self.count + count] = block
        self.single[self.count : self.count + count] = block
        self.ids += ids
        self.count += count
        path = self.folder / "portion.parquet"
        pq.write_table(_table(block, ids), path, compression="none", use_dictionary=["engine"])
        return path

    def probes(self, count: int) -> Matrix:
        """Near to the first faces, and to none of them equal."""
        noise = np.random.default_rng(1).normal(size=(count, self.dimensions)) / self.dimensions
        found: Matrix = self.double[:count] + noise
        return found / np.linalg.norm(found, axis=1, keepdims=True)  # type: ignore[no-any-return]


def _table(block: Matrix, ids: list[str]) -> pa.Table:
    count, dimensions = block.shape
    ends = np.arange(0, count * dimensions + 1, dimensions, dtype=np.int32)
    return pa.table(
        {
            "face_id": ids,
            "sha256": ids,
            "engine": [ENGINE] * count,
            "at_ms": pa.array(np.zeros(count, np.int64)),
            "embedding": pa.ListArray.from_arrays(ends, pa.array(block.ravel())),
            "detected_at": pa.array([datetime.now(UTC)] * count, pa.timestamp("us", "UTC")),
        }
    )


class Product:
    """NumPy: one matrix product tells |face|² - 2 face·probe, up to the probe's own length the squared distance."""

    def __init__(self, faces: Faces, kind: str) -> None:
        self._faces, self._kind = faces, kind
        self._all: Matrix = (faces.double if kind == "float64" else faces.single)[: faces.count]
        blocks = np.array_split(self._all, max(1, faces.count // 100_000))
        self._sizes = np.concatenate([np.einsum("ij,ij->i", block, block) for block in blocks])

    def __call__(self, probes: Matrix) -> tuple[float, Nearest]:
        asked = probes.astype(self._kind)
        start = time.perf_counter()
        scores = asked @ self._all.T
        scores *= -2
        scores += self._sizes
        places = np.argpartition(scores, NEAREST, axis=1)[:, :NEAREST]
        found = [_sorted(self._all[place], place, probe) for place, probe in zip(places, asked, strict=True)]
        seconds = time.perf_counter() - start
        return seconds, [[(self._faces.ids[place], distance) for place, distance in each] for each in found]


def _sorted(near: Matrix, places: Matrix, probe: Matrix) -> list[tuple[int, float]]:
    """The distances themselves: those by the product have lost digits."""
    distances = np.linalg.norm(near - probe, axis=1)
    return sorted(((int(place), float(at)) for place, at in zip(places, distances, strict=True)), key=lambda it: it[1])


class Flat:
    """FAISS: IndexFlatL2, in float32, with a copy of its own."""

    def __init__(self, faces: Faces, faiss: Any) -> None:
        self._ids = faces.ids
        self._index = faiss.IndexFlatL2(faces.dimensions)
        for start in range(0, faces.count, 100_000):
            self._index.add(np.ascontiguousarray(faces.single[start : min(start + 100_000, faces.count)]))

    def __call__(self, probes: Matrix) -> tuple[float, Nearest]:
        asked = probes.astype(np.float32)
        start = time.perf_counter()
        squares, places = self._index.search(asked, NEAREST)
        seconds = time.perf_counter() - start
        distances = np.sqrt(np.maximum(squares, 0))
        return seconds, [
            [(self._ids[place], float(at)) for place, at in zip(*each, strict=True)]
            for each in zip(places, distances, strict=True)
        ]
