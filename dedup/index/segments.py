"""Postings on disk: immutable files, each of a range of documents, merged by tiers.

A segment holds four lists (`LISTS`) and of each text of its range the number of shingles. The eight last ones of a
tier are merged into one of the next (O'Neil et al. 1996, The log-structured merge-tree), so a posting is written once
for each tier, seven times in a million batches, and a key is looked up in a few dozen segments at most. Which segments
there are is said in the store: a file that it does not speak of is not there.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup._mapped import map_file
from dedup.errors import InputError
from dedup.index import packing
from dedup.index.packing import I64, U32, U64, Listed

LISTS = ("prints", "bands", "digests", "ids")
"""Fingerprints, keys of bands and digests of texts; hashes of ids of documents."""
FAN = 8
"""Segments of a tier that are merged into one of the next."""
MOST = 1 << 24
"""Documents of a segment: their postings must be countable in 32 bits."""
_READ = 1 << 22
_NONE = np.empty(0, np.int64)


class Segment(msgspec.Struct, frozen=True):
    """What the store says of a segment."""

    name: str
    tier: int
    first: int
    documents: int
    """Length of the range of numbers that starts at `first`; not all of them need be there."""
    entries: list[int]
    """Entries of each list."""
    sum: int = 0
    """CRC-32 of the file."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        starts = (1 << packing.bits_of(self.documents)) + 1
        return 4 * (sum(self.entries) + len(LISTS) * starts + self.documents)

    @property
    def end(self) -> int:
        """The number after its last document."""
        return self.first + self.documents


class Opened:
    """A segment whose file is mapped.

    Raises
    ------
    InputError
        The file is missing or of another length.
    """

    def __init__(self, segment: Segment, folder: Path) -> None:
        path = folder / segment.name
        self.segment = segment
        size = path.stat().st_size if path.exists() else -1
        if size != segment.size:
            what = "a segment is missing" if size < 0 else f"a segment has {size:,} bytes instead of {segment.size:,}"
            raise InputError(what, where=os.fspath(path), hint="Make the index anew, or take it from a copy")
        buffer: U32 = map_file(path, np.uint32)
        bits, at = packing.bits_of(segment.documents), 0
        self.lists: list[Listed] = []
        for n in segment.entries:
            starts = at + n
            at = starts + (1 << bits) + 1
            self.lists.append(Listed(buffer[starts - n : starts], buffer[starts:at], bits, segment.first))
        self.n_shingles: U32 = buffer[at:]
        """Of each text of the range; 0 where there is none."""

    def locate(self, list_: int, keys: U32) -> tuple[I64, I64]:
        """Return where the entries of each key start and end."""
        own = self.lists[list_]
        low, high = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        packing.locate(keys, own.entries, own.starts, own.bits, low, high)
        return low, high

    def look_up(self, list_: int, keys: U32) -> tuple[I64, I64]:
        """Return the documents of keys, and the place of the key of each."""
        own = self.lists[list_]
        low, high = self.locate(list_, keys)
        n = int((high - low).sum())
        if not n:
            return _NONE, _NONE
        numbers, which = np.empty(n, np.int64), np.empty(n, np.int64)
        packing.numbers_of(own.entries, own.bits, own.first, low, high, numbers, which)
        return numbers, which


class Writing:
    """A segment's file, whole and on the disk at the end of the block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.sum = 0

    def __enter__(self) -> Writing:
        self._file = self._path.open("wb")
        return self

    def write(self, array: NDArray[Any]) -> None:
        """Append an array."""
        assert self._file is not None  # noqa: S101 - for the type checker
        data = np.ascontiguousarray(array).data.cast("B") if len(array) else b""
        self.sum = zlib.crc32(data, self.sum)
        self._file.write(data)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._file is not None  # noqa: S101 - for the type checker
        with self._file:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def write_segment(path: Path, first: int, lists: list[U64], n_shingles: NDArray[Any]) -> Segment:
    """Write a segment of new documents: the postings of each list, sorted, and the sizes of texts."""
    with Writing(path) as out:
        for postings in lists:
            packed = packing.pack_list(postings, first, len(n_shingles))
            out.write(packed.entries)
            out.write(packed.starts)
        out.write(n_shingles.astype(np.uint32))
    return Segment(path.name, 0, first, len(n_shingles), [len(postings) for postings in lists], out.sum)


class Gone(NamedTuple):
    """What is left out when segments are merged: sorted numbers."""

    texts: I64 = np.empty(0, np.int64)
    documents: I64 = np.empty(0, np.int64)


def merge_segments(path: Path, old: list[Opened], gone: Gone, first: int, end: int) -> Segment:
    """Write one segment of several that follow one another; what lies outside of `first` to `end` is gone."""
    sizes = np.zeros(end - first, np.uint32)
    for each in old:
        own = np.arange(max(each.segment.first, first), min(each.segment.end, end))
        sizes[own - first] = each.n_shingles[own - each.segment.first]
    sizes[gone.texts[(gone.texts >= first) & (gone.texts < end)] - first] = 0
    entries = []
    with Writing(path) as out:
        for i, name in enumerate(LISTS):
            counted = _Counted(out.write)
            dead = gone.documents if name == "ids" else gone.texts
            merged = packing.merge([each.lists[i] for each in old], first, end - first, dead, counted)
            out.write(merged.starts)
            entries.append(counted.n)
        out.write(sizes)
    return Segment(path.name, max(each.segment.tier for each in old) + 1, first, end - first, entries, out.sum)


class _Counted:
    def __init__(self, write: Callable[[U32], None]) -> None:
        self.n = 0
        self._write = write

    def __call__(self, entries: U32) -> None:
        self.n += len(entries)
        self._write(entries)


def due(segments: list[Segment]) -> int:
    """Return how many of the last segments are to be merged now."""
    last = segments[-FAN:]
    whole = len(last) == FAN and len({segment.tier for segment in last}) == 1
    return FAN if whole and last[-1].end - last[0].first <= MOST else 0


def sum_of(path: Path) -> int:
    """Return the CRC-32 of a file."""
    found = 0
    with path.open("rb") as file:
        while data := file.read(_READ):
            found = zlib.crc32(data, found)
    return found


def sync_folder(folder: Path) -> None:
    """Bring the names of new files to the disk."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
