"""Verified pairs with their exact figures, and what they are called under given bounds.

The table keeps more than the bounds ask for, down to a `Floor`, so that a result can be looked at under other bounds
without matching again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dedup.errors import UsageError
from dedup.records import RELATIONS, Bounds

EXACT, NEAR, EXCERPT, PASSAGE = range(1, len(RELATIONS) + 1)
"""Codes of relations: places in `records.RELATIONS`, from 1; 0 is none."""


@dataclass(frozen=True)
class Floor:
    """What a table keeps: a pair that reaches `jaccard`, or `containment` and `shared`, or twice `shared`.

    The defaults are what the truth tables of the development corpora go down to, and a Jaccard similarity below which
    two texts are no longer versions of one.
    """

    jaccard: float = 0.4
    containment: float = 0.2
    shared: int = 15

    def below(self, bounds: Bounds) -> Floor:
        """Return the floor lowered to bounds."""
        return Floor(
            min(self.jaccard, bounds.min_jaccard),
            min(self.containment, bounds.min_containment),
            min(self.shared, bounds.min_shared),
        )

    def keeps(
        self, shared: NDArray[np.int64], size_a: NDArray[np.int64], size_b: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Say which pairs are kept."""
        excerpt = (shared / np.minimum(size_a, size_b) >= self.containment) & (shared >= self.shared)
        near = shared / (size_a + size_b - shared) >= self.jaccard
        return near | excerpt | (shared >= 2 * self.shared)


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

    def find(self, a: int, b: int) -> int:
        """Return the row of a pair, given in either order.

        Raises
        ------
        KeyError
            The pair is not in the table.
        """
        key = min(a, b) << 32 | max(a, b)
        row = int(np.searchsorted(self._keys, key))
        if row == len(self) or self._keys[row] != key:
            raise KeyError((a, b))
        return row

    def against(self, a: int, b: int) -> tuple[int, bool]:
        """Return the row that tells of two documents, and whether its A and B stand for `b` and `a`.

        That is their own row, or where `identical.FULL` left it out, the row of documents with the same tokens.

        Raises
        ------
        KeyError
            The two do not match.
        """
        try:
            return self.find(a, b), a > b
        except KeyError:
            one, other = int(self.same[a]), int(self.same[b])
            if one == other:
                return self.find(one, max(a, b)), False
            return self.find(one, other), one > other


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
