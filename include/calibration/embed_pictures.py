"""Labelled pictures to embeddings: each is decoded next door once, and looked at by every engine."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from google.api_core.exceptions import NotFound
from google.cloud import storage

from include.calibration.labelled_faces import Flags, Labelled, NotCalibrated, unit
from include.calibration.labelled_pictures import LabelledPicture
from include.calibration.pairs import Floats
from include.core.run import Log
from include.faces.engine import Engine
from include.faces.nets.net import threads
from include.lake.stored_media import stored_frames
from include.matching.references import NotUsable, the_subject
from include.media.caps import Unreadable
from include.media.decoder import Decoder, DecoderCrashed
from include.media.image import Image
from include.media.pdq import pdq

Bits = npt.NDArray[np.float32]
Chosen = list[float] | None | NotUsable  # an embedding, no usable face, or several to choose from
SAME_PICTURE = 31  # bits of 256 in which the PDQ hashes of one picture may differ


def embedded(
    gcs: storage.Client | None, pictures: Sequence[LabelledPicture], engines: Sequence[Engine], log: Log
) -> list[Labelled]:
    """One set an engine. Left out: what cannot be read, shows several people, or stands under two names."""
    with _Embedding(gcs, pictures, engines, log) as embedding, ThreadPoolExecutor(threads()) as pool:
        tasks = [pool.submit(embedding.picture, number) for number in range(len(pictures))]
        try:
            results = [task.result() for task in tasks]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    people = np.array([picture.person for picture in pictures])
    readable = np.array([result is not None for result in results])
    if not readable.any():
        raise NotCalibrated("not one of these files is a picture that can be read: nothing was measured")
    twice = np.zeros(len(pictures), bool)
    twice[readable] = under_two_names([result[0] for result in results if result], people[readable])
    if twice.any():
        log(f"WARNING, {twice.sum()} pictures stand under two names and say nothing about either: left out")
    chosen = [[result[1][place] if result else None for result in results] for place in range(len(engines))]
    out = ~readable | twice
    return [_labelled(engine, pictures, own, out) for engine, own in zip(engines, chosen, strict=True)]


def under_two_names(hashes: Sequence[Bits], people: npt.NDArray) -> Flags:
    """Which pictures are also somebody else's, be they cut or compressed anew."""
    rows = np.array(hashes, np.float32).reshape(-1, 256)
    differ = 256 - rows @ rows.T - (1 - rows) @ (1 - rows).T
    return np.asarray(((differ <= SAME_PICTURE) & (people[:, None] != people)).any(1), bool)


def bits(image: Image) -> Bits:
    """What a picture looks like, in 256 noughts and ones."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(pdq(image)[0]), np.uint8)).astype(np.float32)


class _Embedding:
    """Looks at one picture after the other, in any number of threads, each with a decoder of its own."""

    def __init__(
        self, gcs: storage.Client | None, pictures: Sequence[LabelledPicture], engines: Sequence[Engine], log: Log
    ) -> None:
        self._gcs, self._pictures, self._engines, self._log = gcs, pictures, engines, log
        self._own = threading.local()
        self._decoders: list[Decoder] = []
        self._done, self._lock = 0, threading.Lock()

    def __enter__(self) -> "_Embedding":
        return self

    def __exit__(self, *_: object) -> None:
        for decoder in self._decoders:
            decoder.close()

    def picture(self, number: int) -> tuple[Bits, list[Chosen]] | None:
        """What it looks like, and its face by each engine; None where it cannot be read."""
        try:
            image = self._image(self._pictures[number].address)
            return bits(image), [_chosen(engine, image) for engine in self._engines]
        except (Unreadable, NotFound) as reason:
            said = reason if isinstance(reason, Unreadable) else "it is not there any more"
            self._log(f"picture {number + 1} of person {self._pictures[number].person + 1} is left out: {said}")
            return None
        finally:
            self._count()

    def _image(self, address: str) -> Image:
        for last in (False, True):
            try:
                frames = self._frames(address)
            except DecoderCrashed:  # once more: it may not have been this file's fault
                if last:
                    raise
            else:
                if 0 in frames:
                    return np.asarray(frames[0], np.uint8)
                break
        raise Unreadable("it is no still picture")

    def _frames(self, address: str) -> dict[int, np.ndarray]:
        if not hasattr(self._own, "decoder"):
            self._own.decoder = Decoder()
            self._decoders.append(self._own.decoder)
        if self._gcs is not None and address.startswith("gs://"):
            return stored_frames(self._gcs, self._own.decoder, address, (0,))
        frames: dict[int, np.ndarray] = self._own.decoder.at(Path(address))
        return frames

    def _count(self) -> None:
        with self._lock:
            self._done += 1
            if self._done % 100 == 0 or self._done == len(self._pictures):
                self._log(f"{self._done} of {len(self._pictures)} pictures looked at")


def _chosen(engine: Engine, image: Image) -> Chosen:
    """The face that a photograph is about, as a reference's is chosen. In doubt it says nothing about anybody."""
    faces = engine.faces(image)
    try:
        return the_subject(faces).embedding
    except NotUsable as reason:
        return reason if any(face.embedding for face in faces) else None


def _labelled(engine: Engine, pictures: Sequence[LabelledPicture], chosen: list[Chosen], out: Flags) -> Labelled:
    rows: Floats = np.full((len(pictures), engine.dimensions), np.nan)
    for number, each in enumerate(chosen):
        if isinstance(each, list):
            rows[number] = each
    unsure = np.array([isinstance(each, NotUsable) for each in chosen])
    people = np.array([picture.person for picture in pictures])
    return Labelled(engine.name, unit(rows), people, [picture.group for picture in pictures], out | unsure)
