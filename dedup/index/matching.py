"""From candidates to matches: exact figures, relations, and the documents that hold the texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.index import packing, rows
from dedup.index.packing import I64, U64
from dedup.index.search import Candidates
from dedup.index.store import Store
from dedup.match.table import PASSAGE, Floor, PairTable, relate
from dedup.records import RELATIONS, Bounds
from dedup.verdicts import Match

_ANY = Floor(0.0, 0.0, 0, 0)


class Figures(NamedTuple):
    """What a text shares with texts that are held."""

    numbers: I64
    shared: I64
    sizes: I64
    """Distinct shingles of each held text."""


def figures(store: Store, shingles: U64, numbers: I64) -> Figures:
    """Count what a set of shingles shares with texts, of those that are still there."""
    records = rows.records_of(store, numbers.tolist())
    numbers = numbers[[number in records for number in numbers.tolist()]]
    there = [records[number] for number in numbers.tolist()]
    ends = np.cumsum([0, *map(len, there)], dtype=np.int64)
    shared, sizes = np.empty(len(there), np.int64), np.empty(len(there), np.int64)
    data = np.frombuffer(b"".join(there), np.uint8)
    packing.count_shared(packing.cut_set(shingles), data, ends[:-1], shared, sizes)
    return Figures(numbers, shared, sizes)


def matches(store: Store, shingles: U64, found: Candidates, same: int | None, bounds: Bounds, most: int) -> list[Match]:
    """Return the documents that a text matches under bounds, best first.

    Parameters
    ----------
    store
        In a transaction.
    shingles
        Of the text.
    found
        Its candidates.
    same
        The held text with the same tokens.
    bounds
        What counts as a copy.
    most
        Matches to return.
    """
    numbers = found.numbers
    if same is not None:
        numbers = np.append(numbers[numbers != same], same)
    wide = dict(zip(found.numbers.tolist(), found.wide.tolist(), strict=True))
    got = figures(store, shingles, numbers)
    table = _table(len(shingles), got, got.numbers == (-1 if same is None else same))
    codes = relate(table, bounds)
    common = np.array([wide.get(number, False) for number in got.numbers.tolist()], bool)
    kept = np.flatnonzero((codes > 0) & ~(common & (codes == PASSAGE)))
    return _best(store, got, table, codes, kept[np.lexsort((-got.shared[kept], codes[kept]))], most)


def _table(n_shingles: int, got: Figures, exact: NDArray[np.bool_]) -> PairTable:
    """Return the table of a text, A, with each of those held."""
    n = len(got.numbers)
    nothing = np.zeros(n, bool)
    size = np.full(n, n_shingles, np.int64)
    places = np.arange(n + 1)
    return PairTable(nothing.astype(np.int64), places[1:], got.shared, size, got.sizes, exact, nothing, places, _ANY)


def _best(store: Store, got: Figures, table: PairTable, codes: NDArray[np.uint8], order: I64, most: int) -> list[Match]:
    """Return the documents of texts in order, those that stand equal by id."""
    found: list[tuple[tuple[int, int, str], Match]] = []
    last = (0, 0)
    for row in order.tolist():
        rank = (int(codes[row]), -int(got.shared[row]))
        if len(found) >= most and rank != last:
            break
        last = rank
        for held in rows.documents_of_text(store, int(got.numbers[row]), most):
            match = Match(
                held.id,
                RELATIONS[codes[row] - 1],
                float(table.jaccard[row]),
                float(table.containment_a[row]),
                float(table.containment_b[row]),
                int(got.shared[row]),
                held.site,
                held.published,
                held.agency,
            )
            found.append(((*rank, held.id), match))
    return [match for _, match in sorted(found, key=lambda own: own[0])[:most]]
