"""A run's name, and what an installation has to say of itself."""

import pytest

from include.core.run import run_key
from include.core.settings import from_environment
from include.warehouse.shards import RUN_KEY


@pytest.mark.parametrize("run_id", ["manual__2026-11-21T06:05:02.892365+00:00", "../../etc", "", "실행" * 100])
def test_any_run_has_a_safe_name_of_its_own(run_id: str) -> None:
    assert RUN_KEY.fullmatch(run_key("crawl_galleries", run_id))
    assert run_key("crawl_galleries", run_id) == run_key("crawl_galleries", run_id)
    assert run_key("crawl_galleries", run_id) != run_key("find_faces", run_id)
    assert run_key("crawl_galleries", run_id) != run_key("crawl_galleries", run_id + "x")


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACEWARDEN_BUCKET")
    with pytest.raises(LookupError, match="FACEWARDEN_BUCKET"):
        from_environment()
