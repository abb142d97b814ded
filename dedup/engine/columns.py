"""Columns of strings without an object for each: a million ids take 30 MB, not 90."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

_SURROGATES = "surrogatepass"


class Strings(Sequence[str]):
    """Strings in one buffer; None is kept as the empty one."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("q", [0])

    def append(self, value: str | None) -> None:
        """Add a string."""
        self._data += (value or "").encode("utf-8", _SURROGATES)
        self._ends.append(len(self._data))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._data[self._ends[index] : self._ends[index + 1]].decode("utf-8", _SURROGATES)


class Names(Sequence[str | None]):
    """Strings of which there are few different ones, as sites and agencies, or None."""

    def __init__(self) -> None:
        self._codes = array("i")
        self._known: dict[str | None, int] = {}
        self._names: list[str | None] = []

    def append(self, value: str | None) -> None:
        """Add a string or None."""
        code = self._known.setdefault(value, len(self._names))
        if code == len(self._names):
            self._names.append(value)
        self._codes.append(code)

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> str | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str | None]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str | None] | None:
        if isinstance(index, slice):
            return [self._names[code] for code in self._codes[index]]
        return self._names[self._codes[index]]
