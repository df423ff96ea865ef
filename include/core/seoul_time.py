"""Seoul's time zone, and the moment at which a day begins there: the days of the law and of the sites."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

KST = ZoneInfo("Asia/Seoul")


def midnight(day: str) -> datetime:
    """The first moment of a day, written as 2026-12-31."""
    return datetime.combine(date.fromisoformat(day.strip()), time(), KST)
