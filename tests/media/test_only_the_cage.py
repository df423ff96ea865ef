"""OpenCV decodes too, and other rooms need the rest of it: what import-linter cannot see."""

import ast
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DECODERS = {"imdecode", "imdecodemulti", "imread", "imreadmulti", "VideoCapture", "frombytes"}


def test_opencv_opens_no_file() -> None:
    found = [
        f"{path.relative_to(REPO)}:{node.lineno}"
        for room in ("include", "dags", "plugins")
        for path in (REPO / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in DECODERS
    ]
    assert found == []
