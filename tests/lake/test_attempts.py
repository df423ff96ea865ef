"""What tries of a batch began is known to the next one until it went well."""

from include.lake.attempts import BucketAttempts
from tests.conftest import MakeRun

FOLDER = "staging/attempts/0000/"


def test_what_killed_tries_began_is_known_until_it_went_well(make_run: MakeRun, clean_tables: None) -> None:
    for _ in range(2):
        killed = BucketAttempts(make_run(), FOLDER)
        killed.begin(["a"])
        killed.begin(["b", "c"])
    last = BucketAttempts(make_run(), FOLDER)
    assert sorted(last.earlier()) == [["a"], ["a"], ["b", "c"], ["b", "c"]]
    last.begin(["a"])
    last.end(["a"])
    assert BucketAttempts(make_run(), FOLDER).earlier() == [["b", "c"], ["b", "c"]]
