"""A user's own models: described in a file of their own, with nets made here whose answers are known."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from include.faces.backends import load_backend
from include.faces.engine import load_engine
from include.faces.face import Detection
from include.faces.models import manifest
from include.faces.models.manifest import load_manifest
from include.faces.models.model_file import WrongFile
from include.media.image import Image

ABOUT = 'version = "1"\nlicence_code = "MIT"\nlicence_data = "none"\nnotes = "for a test"\n'
STRIDES = (8, 16, 32)
POINTS = np.array([[-1, -1], [1, -1], [0, 0.5], [-0.75, 1.5], [0.75, 1.5]], np.float32)  # from the place, in strides
Write = Callable[..., str]


class Graph:
    """An ONNX net that grows node by node."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []
        self.outputs: list[Any] = []

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def array(self, values: Any) -> str:
        self.arrays.append(numpy_helper.from_array(np.asarray(values), f"array{len(self.arrays)}"))
        return str(self.arrays[-1].name)

    def answer(self, x: str, name: str, *shape: Any) -> None:
        self.add("Identity", x, name=name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def bytes(self, shape: list[Any]) -> bytes:
        (x,) = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
        graph = helper.make_graph(self.nodes, "made", [x], self.outputs, self.arrays)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        return bytes(model.SerializeToString())


def brightness(graph: Graph, stride: int) -> str:
    """1 x rows x columns x 1: how bright each square is, by its first colour."""
    pooled = graph.add("AveragePool", "input", kernel_shape=[stride, stride], strides=[stride, stride])
    first = graph.add("Slice", pooled, *(graph.array(np.int64([each])) for each in (0, 1, 1)))  # type: ignore[arg-type]
    return graph.add("Transpose", first, perm=[0, 2, 3, 1])


def everywhere(graph: Graph, scores: str, values: Any) -> str:
    """The same values beside every score."""
    nothing = graph.add("MatMul", scores, graph.array(np.zeros((1, len(values)), np.float32)))
    return graph.add("Add", nothing, graph.array(np.float32(values)))


def scrfd() -> bytes:
    """Sees a face of 4 x 6 strides at every bright square; the second of its two anchors is half as sure."""
    graph = Graph()
    kinds: dict[str, list[str]] = {"score": [], "bbox": [], "kps": []}
    for stride in STRIDES:
        bright = brightness(graph, stride)
        both = graph.add("MatMul", bright, graph.array(np.float32([[1, 0.4]])))  # type: ignore[arg-type]
        scores = graph.add("Reshape", both, graph.array(np.int64([-1, 1])))  # type: ignore[arg-type]
        kinds["score"].append(scores)
        kinds["bbox"].append(everywhere(graph, scores, [1, 2, 3, 4]))
        kinds["kps"].append(everywhere(graph, scores, POINTS.ravel()))
    for (kind, each), numbers in zip(kinds.items(), (1, 4, 10), strict=True):
        for stride, x in zip(STRIDES, each, strict=True):
            graph.answer(x, f"{kind}_{stride}", f"places_{stride}", numbers)
    return graph.bytes([1, 3, "height", "width"])


def yunet(shape: list[Any]) -> bytes:
    """Sees a face of 4 x 6 strides about every bright square, half a stride to the right."""
    graph = Graph()
    kinds: dict[str, list[str]] = {"cls": [], "obj": [], "bbox": [], "kps": []}
    for stride in STRIDES:
        bright = graph.add("Div", brightness(graph, stride), graph.array(np.float32(255)))
        scores = graph.add("Reshape", bright, graph.array(np.int64([1, -1, 1])))  # type: ignore[arg-type]
        kinds["cls"].append(scores)
        kinds["obj"].append(scores)
        kinds["bbox"].append(everywhere(graph, scores, [0.5, 0, np.log(4), np.log(6)]))
        kinds["kps"].append(everywhere(graph, scores, POINTS.ravel()))
    for (kind, each), numbers in zip(kinds.items(), (1, 1, 4, 10), strict=True):
        for stride, x in zip(STRIDES, each, strict=True):
            places = f"places_{stride}" if isinstance(shape[2], str) else shape[2] * shape[3] // stride**2
            graph.answer(x, f"{kind}_{stride}", 1, places, numbers)
    return graph.bytes(shape)


def means() -> bytes:
    """An embedder: the mean of each colour, as the net sees it."""
    graph = Graph()
    pooled = graph.add("GlobalAveragePool", "input")
    graph.answer(graph.add("Flatten", pooled, axis=1), "embedding", "n", 3)
    return graph.bytes(["n", 3, 112, 112])


def bright_square(factor: int) -> Image:
    """A dark picture of 2560 x 1920 (or so many times that) with one bright square, 8 x 8 from (200, 120)."""
    image = np.zeros((1920 * factor, 2560 * factor, 3), np.uint8)
    image[120 * factor : 128 * factor, 200 * factor : 208 * factor] = 255
    return image


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a user's manifest with one model, and its file; returns the model's name."""

    def write(net: bytes, backend: str, more: str = "", engine: str = "") -> str:
        (tmp_path / "own.onnx").write_bytes(net)
        digest = hashlib.sha256(net).hexdigest()
        model = f'[models.own]\nbackend = "{backend}"\nfile = "own.onnx"\nsha256 = "{digest}"\n{ABOUT}{more}\n{engine}'
        (tmp_path / "engines.toml").write_text(model, encoding="utf-8")
        monkeypatch.setenv("FACEWARDEN_ENGINES", str(tmp_path / "engines.toml"))
        return "own"

    return write


def only(found: list[Detection]) -> Detection:
    (one,) = found
    return one


@pytest.mark.parametrize("factor", [1, 2])
def test_a_face_of_scrfd_stands_where_its_distances_say(write: Write, tmp_path: Path, factor: int) -> None:
    detector = load_backend(write(scrfd(), "scrfd"), load_manifest(), tmp_path)
    face = only(detector.detect(bright_square(factor)))
    assert np.allclose(face.box, np.array([192, 104, 32, 48]) * factor, atol=0.1)
    assert np.allclose(face.landmarks, (np.array([200, 120]) + POINTS * 8) * factor, atol=0.1)
    assert face.score == pytest.approx(0.996, abs=0.01)


def test_scrfd_without_landmarks_is_refused_with_what_is_wrong(write: Write, tmp_path: Path) -> None:
    graph = Graph()
    graph.answer(brightness(graph, 8), "score_8", 1, "rows", "columns", 1)
    detector = load_backend(write(graph.bytes([1, 3, "h", "w"]), "scrfd"), load_manifest(), tmp_path)
    with pytest.raises(ValueError, match="nine outputs"):
        detector.detect(bright_square(1))


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("shape", [[1, 3, 640, 640], [1, 3, "height", "width"]])
def test_a_face_of_yunet_stands_about_its_centre(write: Write, tmp_path: Path, shape: list[Any], factor: int) -> None:
    detector = load_backend(write(yunet(shape), "yunet", "min_score = 0.7"), load_manifest(), tmp_path)
    face = only(detector.detect(bright_square(factor)))
    assert np.allclose(face.box, np.array([204 - 16, 120 - 24, 32, 48]) * factor, atol=0.1)
    assert np.allclose(face.landmarks, (np.array([200, 120]) + POINTS * 8) * factor, atol=0.1)
    assert face.score == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("colours", "seen"), [("RGB", [(200 - 1) / 2, (100 - 2) / 4, (50 - 3) / 8]), ("BGR", [24.5, 24.5, 24.625])]
)
def test_an_embedder_gets_its_colours_in_its_order(
    write: Write, tmp_path: Path, colours: str, seen: list[float]
) -> None:
    about = f'size = 112\ndimensions = 3\ncolours = "{colours}"\nmean = [1, 2, 3]\ndeviation = [2, 4, 8]'
    embedder = load_backend(write(means(), "net", about), load_manifest(), tmp_path)
    crop = np.full((112, 112, 3), (200, 100, 50), np.uint8)
    assert np.allclose(embedder.embed([crop] * 3), [seen] * 3, atol=1e-3)


ENGINE = '[engines."centerface-onet6/own"]\ndetector = "centerface"\naligner = "onet"\nembedder = "own"\n'


def test_a_users_engine_comes_first_and_works_with_our_parts(
    write: Write, tmp_path: Path, models: Path, portrait: Callable[[str], Image]
) -> None:
    write(means(), "net", "size = 112\ndimensions = 3\nnormalised = true", ENGINE)
    known = load_manifest()
    assert next(iter(known.engines)) == "centerface-onet6/own"
    for model in known.files_of("centerface-onet6/own"):
        if model.name != "own":
            (tmp_path / model.file).symlink_to(models / model.file)
    load_engine.cache_clear()
    (face,) = load_engine("centerface-onet6/own", tmp_path).faces(portrait("astronaut.png"))
    assert face.embedding is not None
    assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)
    assert max(range(3), key=lambda i: face.embedding[i]) == 0  # skin is red before it is anything else


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("sise = 112", "model own: no key 'sise'"),
        ('[[models.own.sources]]\nkind = "https"\nadress = "x"', "model own, a source: no key 'adress'"),
        ('[engines.x]\ndetector = "centerface"', "engine x: the key 'embedder' is missing"),
        ('[engines.x]\ndetector = "centreface"\nembedder = "own"', "engine x wants a model 'centreface'"),
    ],
)
def test_a_mistake_in_a_users_manifest_is_named(write: Write, wrong: str, said: str) -> None:
    write(means(), "net", wrong)
    with pytest.raises(LookupError, match=said):
        load_manifest()


def test_a_file_without_a_source_that_is_not_there_is_said_with_where_to_put_it(write: Write, tmp_path: Path) -> None:
    write(means(), "net", "size = 112\ndimensions = 3", '[engines.x]\ndetector = "own"\nembedder = "own"\n')
    (tmp_path / "own.onnx").unlink()
    with pytest.raises(
        WrongFile, match=r"own\.onnx is missing; own has no source: put the file with sha256 \w{64} there"
    ):
        load_engine("x", tmp_path)


def test_a_model_whose_sha256_is_not_filled_in_is_answered_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = Path(manifest.__file__).with_name("engines.example.toml")
    monkeypatch.setenv("FACEWARDEN_ENGINES", str(example))
    name = next(iter(load_manifest().engines))
    (tmp_path / load_manifest().files_of(name)[0].file).write_bytes(b"weights")
    with pytest.raises(WrongFile, match=hashlib.sha256(b"weights").hexdigest()):
        load_engine(name, tmp_path)
