"""Labels of jobs: small texts by which a bill is split, and a job is found again."""

import re
from collections.abc import Mapping

from include.core.errors import Mistake

# What BigQuery takes; letters may be of any script, but small.
KEY = re.compile(r"(?=[^\W\d_])[\w-]{1,63}")
VALUE = re.compile(r"[\w-]{0,63}")


def labels(given: str | Mapping[str, str], where: str) -> dict[str, str]:
    """`team=faces, cost=research`, or a mapping. A Mistake names what BigQuery would refuse, and where it stands."""
    pairs = (
        dict(map(_pair, filter(str.strip, given.split(","))))
        if isinstance(given, str)
        else {str(key): str(value) for key, value in given.items()}
    )
    for key, value in pairs.items():
        if not (KEY.fullmatch(key) and VALUE.fullmatch(value)) or (key + value) != (key + value).lower():
            raise Mistake(
                f"{where}: {key}={value} is no label. Write team=faces,cost=research: small letters, digits, _ and -, "
                "at most 63 each, and a letter first"
            )
    return pairs


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(), value.strip()
