"""What was made or read lately, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable


class Cache:
    """Bytes by key. What was not asked for the longest time goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """What was put under a key, if it is still here."""
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
        return data

    def put(self, key: Hashable, data: bytes) -> bytes:
        """Keep something. What alone would fill a good part of the place is not kept."""
        if len(data) <= self._most // 8 and key not in self._kept:
            self._kept[key] = data
            self._size += len(data)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
        return data

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._size = 0
