"""Names on a disk, made of what a query answered: whatever that says, they stay in their folder, on any system."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping

UNLABELLED = "_unlabelled"
MANIFESTS = ("manifest.csv", "manifest.parquet")
# Of the 255 that a name may have: room for a mark, an extension, and another system's way of counting.
MAX_BYTES = 100
_NUMBERS = "123456789¹²³"
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in _NUMBERS)}
_FORBIDDEN = frozenset('/\\:*?"<>|')


def safe_name(text: str) -> str:
    """One name, of a folder or of a file without its extension: never empty, hidden, or a way to elsewhere."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join("_" if _unsafe(letter) else letter for letter in composed)
    name = visible.strip(" .").encode()[:MAX_BYTES].decode("utf-8", "ignore").strip(" .")
    if name.partition(".")[0].strip().casefold() in _DEVICES or name.casefold() in MANIFESTS:
        return f"_{name}"
    return f"_{name}" if not name or name[0] in "-~" else name


def distinct(wanted: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """A name for each key, of its (stem, extension). Those that some disk would take for one another get a mark.

    The mark is made of the key, so that a name does not hang on what came first.
    """
    names = {key: stem + extension for key, (stem, extension) in wanted.items()}
    for length in (8, 16, 64):
        times = Counter(map(_folded, names.values()))
        for key, (stem, extension) in wanted.items():
            if times[_folded(names[key])] > 1:
                names[key] = f"{stem}-{hashlib.sha256(key.encode()).hexdigest()[:length]}{extension}"
    return names


def _unsafe(letter: str) -> bool:
    """What a system forbids, and what nobody sees: control characters, turned writing, halves of characters."""
    category = unicodedata.category(letter)
    return letter in _FORBIDDEN or category.startswith("C") or category in ("Zl", "Zp")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
