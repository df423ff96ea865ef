"""What a test may need that a machine lacks. A run ends by saying what was skipped for it, and how to get it.

FACEWARDEN_TEST_REQUIRE names needs, with commas between, for which nothing may be skipped: `.ci/run` requires them.
"""

import os
from collections import Counter
from collections.abc import Generator, Iterable

import pytest

NEEDS = {  # which tests, and what would let them run
    "browser": ("of the browser", "sudo apt-get install chromium chromium-driver"),
    "engine": ("of engines", "their files cannot be fetched from here; put them into .local/models"),
}
_WIDEST = 120


def lacks(need: str, why: str) -> str:
    """The reason of a skip, by which this module knows it again."""
    assert need in NEEDS
    return f"{need}: {why}"


def _required() -> set[str]:
    return set(filter(None, os.environ.get("FACEWARDEN_TEST_REQUIRE", "").split(",")))


def pytest_configure() -> None:
    if unknown := _required() - set(NEEDS):
        raise pytest.UsageError(f"FACEWARDEN_TEST_REQUIRE: no test needs {', '.join(unknown)}, but {', '.join(NEEDS)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip for want of something that is required is a failure."""
    report = yield
    reason = _reason(report) if report.skipped else ""
    if _need(reason) in _required():
        report.outcome = "failed"
        report.longrepr = f"skipped, although it is required: {reason}\n{NEEDS[_need(reason)][1]}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    yield
    if lines := told(_reason(report) for report in terminalreporter.getreports("skipped")):
        terminalreporter.write_sep("-", "not tested here")
        for line in lines:
            terminalreporter.write_line(line)


def told(reasons: Iterable[str]) -> list[str]:
    """A line for each need, with what would help; and one for each other reason."""
    counted = Counter(_need(reason) or reason.partition("\n")[0] for reason in reasons)
    return [_line(what, count)[:_WIDEST] for what, count in counted.most_common()]


def _line(what: str, count: int) -> str:
    which, how = NEEDS.get(what, ("", what))
    return " ".join(filter(None, [f"{count} test{'s' * (count > 1)}", which])) + f": {how}"


def _need(reason: str) -> str:
    need = reason.partition(":")[0]
    return need if need in NEEDS else ""


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")
