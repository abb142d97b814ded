"""Verified pairs with their exact figures, and what they are called under given bounds.

The table keeps more than the bounds ask for, down to a `Floor`, so that a result can be looked at under other bounds
without matching again.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.errors import UsageError
from dedup.records import RELATIONS, Bounds

EXACT, NEAR, EXCERPT, PASSAGE = range(1, len(RELATIONS) + 1)
"""Codes of relations: places in `records.RELATIONS`, from 1; 0 is none."""


# More shingles than a document has.
_NONE = 2**31


@dataclass(frozen=True)
class Floor:
    """What a table keeps: a pair that reaches `jaccard`, or `containment` and `shared`, or `passage` shared shingles.

    The defaults are what the truth tables of the development corpora go down to, and a Jaccard similarity below which
    two texts are no longer versions of one.
    """

    jaccard: float = 0.4
    containment: float = 0.2
    shared: int = 15
    passage: int = 30

    def below(self, bounds: Bounds) -> Floor:
        """Return the floor lowered to bounds."""
        return Floor(
            min(self.jaccard, bounds.min_jaccard),
            min(self.containment, bounds.min_containment),
            min(self.shared, bounds.min_shared),
            min(self.passage, bounds.min_passage),
        )

    @classmethod
    def near(cls, bounds: Bounds) -> Floor:
        """Return the floor that keeps near copies only: much less to verify."""
        return cls(bounds.min_jaccard, containment=2.0, shared=1, passage=_NONE)

    def asked(self, bounds: Bounds) -> Floor:
        """Return what bounds ask of copies as a whole, where they ask more than this floor; no passage will do."""
        inside = max(self.containment, bounds.min_containment)
        return Floor(max(self.jaccard, bounds.min_jaccard), inside, max(self.shared, bounds.min_shared), _NONE)

    def keeps(self, shared: NDArray[Any], size_a: NDArray[Any], size_b: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which pairs are kept."""
        excerpt = (shared / np.minimum(size_a, size_b) >= self.containment) & (shared >= self.shared)
        near = shared / (size_a + size_b - shared) >= self.jaccard
        return np.asarray(near | excerpt | (shared >= self.passage))


@dataclass(frozen=True)
class PairTable:
    """Pairs of documents with common shingles, sorted by `a`, then `b`; rows are pairs."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    """Greater than `a`."""
    shared: NDArray[np.int64]
    """Distinct shingles that both have."""
    size_a: NDArray[np.int64]
    """Distinct shingles of A."""
    size_b: NDArray[np.int64]
    exact: NDArray[np.bool_]
    """The two have the same sequence of folded tokens."""
    common: NDArray[np.bool_]
    """What the two share is common to much of the corpus (`rarity`)."""
    same: NDArray[np.int64]
    """Shape (documents,): the first document with the same tokens, itself where there is none before."""
    floor: Floor

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.a)

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """Jaccard similarity of each pair."""
        return self.shared / (self.size_a + self.size_b - self.shared)

    @property
    def containment_a(self) -> NDArray[np.float64]:
        """Share of A's shingles that B also has."""
        return self.shared / self.size_a

    @property
    def containment_b(self) -> NDArray[np.float64]:
        """Share of B's shingles that A also has."""
        return self.shared / self.size_b

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        return self.a << 32 | self.b

    def find(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of pairs of documents, given in either order; -1 where a pair is not in the table."""
        keys = np.minimum(one, other) << 32 | np.maximum(one, other)
        rows = np.searchsorted(self._keys, keys)
        found = rows < len(self)
        found[found] = self._keys[rows[found]] == keys[found]
        return np.where(found, rows, -1)

    def against(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows that tell of pairs of documents: their own, or where that is left out, that of their likes.

        Documents with the same tokens share their figures; where `identical.FULL` left a pair out, the row of the first
        ones tells of it. -1 where the two do not match.
        """
        rows = self.find(one, other)
        left = np.flatnonzero(rows < 0)
        like_one, like_other = self.same[one[left]], self.same[other[left]]
        alike = like_one == like_other
        rows[left] = self.find(like_one, np.where(alike, np.maximum(one[left], other[left]), like_other))
        return rows


def relate(table: PairTable, bounds: Bounds) -> NDArray[np.uint8]:
    """Return the relation of each pair, the strongest that its figures reach.

    Parameters
    ----------
    table
        Verified pairs.
    bounds
        Not below the table's floor (`check_floor`).

    Returns
    -------
    NDArray[np.uint8]
        0 for none, else the place in `records.RELATIONS`, from 1.
    """
    larger = np.maximum(table.containment_a, table.containment_b)
    reached = [
        table.exact,
        table.jaccard >= bounds.min_jaccard,
        (larger >= bounds.min_containment) & (table.shared >= bounds.min_shared),
        table.shared >= bounds.min_passage,
    ]
    return np.select(reached, [EXACT, NEAR, EXCERPT, PASSAGE], 0).astype(np.uint8)


def check_floor(table: PairTable, bounds: Bounds) -> None:
    """Raise UsageError for bounds below what a table keeps: pairs would be missing without a word."""
    floor = table.floor
    for name, value, least in (
        ("min_jaccard", bounds.min_jaccard, floor.jaccard),
        ("min_containment", bounds.min_containment, floor.containment),
        ("min_shared", bounds.min_shared, floor.shared),
    ):
        if value < least:
            raise UsageError(
                f"{name} is {value}, and pairs were kept down to {least}", hint="Scan again with that bound"
            )


_COLUMNS = ("a", "b", "shared", "size_a", "size_b", "exact", "common", "same")


def save_table(table: PairTable, path: Path) -> None:
    """Write a table to a file, `.npz` without pickle."""
    columns: dict[str, Any] = {name: getattr(table, name) for name in _COLUMNS}
    np.savez(path, floor=np.array(astuple(table.floor)), **columns)


def load_table(path: Path) -> PairTable:
    """Read a table that `save_table` wrote."""
    with np.load(path, allow_pickle=False) as file:
        jaccard, containment, shared, passage = file["floor"].tolist()
        floor = Floor(jaccard, containment, int(shared), int(passage))
        return PairTable(**{name: file[name] for name in _COLUMNS}, floor=floor)
