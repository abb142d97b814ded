"""Every byte of an index looked at: checksums, and whether rows and postings say the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dedup.index import packing
from dedup.index.rows import all_documents, damaged_contents, sum_of_text
from dedup.index.segments import LISTS, Opened, sum_of
from dedup.index.store import Counts, Store
from dedup.sketch.kernels import ALL_BELOW

MOST = 100
"""Problems that are named."""
_PRINTS, _DIGESTS, _IDS = (LISTS.index(name) for name in ("prints", "digests", "ids"))


def problems(store: Store, segments: list[Opened], counts: Counts) -> list[str]:
    """Return what is wrong with an index, at most `MOST` things; nothing where it is sound."""
    found: list[str] = []
    for problem in _problems(store, segments, counts):
        found.append(problem)
        if len(found) == MOST:
            return [*found, "and more"]
    return found


def _problems(store: Store, segments: list[Opened], counts: Counts) -> Iterator[str]:
    damaged = False
    for opened in segments:
        segment = opened.segment
        if sum_of(store.folder / segment.name) != segment.sum:
            damaged = True
            yield f"{segment.name}: its checksum is wrong"
    for one, other in pairwise(segments):
        if one.segment.end > other.segment.first:
            damaged = True
            yield f"{other.segment.name}: its documents overlap with those of {one.segment.name}"
    for (line,) in store.run("PRAGMA integrity_check").fetchall():
        if line != "ok":
            yield f"database: {line}"
    postings = _Postings([] if damaged else segments)
    yield from _of_documents(store, postings, counts)
    yield from _of_texts(store, postings, counts)


def _of_documents(store: Store, postings: _Postings, counts: Counts) -> Iterator[str]:
    n = 0
    for held in all_documents(store):
        n += 1
        if not held.is_sound():
            yield f"document {held.number}: its checksum is wrong"
        elif not postings.has(_IDS, held.number, np.array([packing.key_of_id(held.id)], np.uint32)):
            yield f"document {held.number}: its id is not in a segment"
    for number in damaged_contents(store):
        yield f"document {number}: the checksum of its text is wrong"
    if n != counts.documents:
        yield f"there are {n} documents, and {counts.documents} were counted"
    query = "SELECT number FROM documents WHERE NOT EXISTS (SELECT 1 FROM texts WHERE texts.number = documents.text)"
    for (number,) in store.run(query):
        yield f"document {number}: its text is missing"


def _of_texts(store: Store, postings: _Postings, counts: Counts) -> Iterator[str]:
    n = 0
    for number, digest, record, found in store.run("SELECT * FROM texts ORDER BY number"):
        n += 1
        if found != sum_of_text(number, digest, record):
            yield f"text {number}: its checksum is wrong"
            continue
        values = packing.unpack_record(np.frombuffer(record, np.uint8), 0)
        if not len(values):
            continue
        key = np.array([np.int64(digest).view(np.uint64) >> np.uint64(32)], np.uint32)
        if not postings.has(_DIGESTS, number, key) or not postings.has(
            _PRINTS, number, packing.prints_of(values, ALL_BELOW)
        ):
            yield f"text {number}: it is not in a segment"
    if n != counts.texts:
        yield f"there are {n} texts, and {counts.texts} were counted"


class _Postings:
    """Whether what rows say is in the segments too; without segments, everything is."""

    def __init__(self, segments: list[Opened]) -> None:
        self._segments = segments
        self._ends = np.array([opened.segment.end for opened in segments])

    def has(self, list_: int, number: int, keys: packing.U32) -> bool:
        """Say whether a document is in the lists of all these keys."""
        if not self._segments:
            return True
        place = int(np.searchsorted(self._ends, number, "right"))
        if place == len(self._segments) or number < self._segments[place].segment.first:
            return False
        own = self._segments[place].lists[list_]
        numbers = np.full(len(keys), number)
        return bool(packing.holds(keys, numbers, own.entries, own.starts, own.bits, own.first) == len(keys))
