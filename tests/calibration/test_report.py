"""The report of a calibration: what a browser may do with it, whatever engines and groups are called."""

from datetime import UTC, datetime

import numpy as np

from include.calibration import report
from include.calibration.labelled_faces import Labelled
from include.calibration.measure import measured
from tests.calibration.conftest import people

EVIL = '<script src="https://elsewhere.test/x.js"></script>'


def drawn() -> str:
    """A report whose engine and whose groups carry markup, as a labelled table of somebody else's may."""
    embeddings, numbers = people([4] * 8)
    groups = [EVIL if number % 2 else "'\"><img src=x onerror=alert(1)>" for number in numbers]
    labelled = Labelled(f"test/{EVIL}", embeddings, numbers, groups, np.zeros(len(numbers), bool))
    files = report.files([measured(labelled, [0.1])], [0.1], datetime(2026, 1, 1, tzinfo=UTC))
    return files["report.html"][0].decode()


def test_a_browser_loads_nothing_and_runs_nothing_of_it() -> None:
    html = drawn()
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in html
    assert html.index(policy) < html.index("<style>"), "a policy holds for what comes after it"
    assert 'name="referrer" content="no-referrer"' in html


def test_names_of_engines_and_groups_are_text_and_never_markup() -> None:
    html = drawn()
    assert "elsewhere.test" in html
    assert "<script" not in html and "<img src=x" not in html
