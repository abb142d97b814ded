"""Documents with the same sequence of tokens: searched once, listed all.

Candidates are searched among one representative of each group, the first; what is found of it holds for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

FULL = 1000
"""Two groups of together up to this many documents (or one of so many) are expanded to all pairs, half a million at
most. In larger ones each document is paired with the first of the other group, or of its own, so that 100,000 copies
of a consent page do not make 5,000,000,000 pairs; `PairTable.against` finds the others' figures through the first."""

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of identical documents; a document without tokens is in none."""

    members: I64
    """Documents, one group after the other, ascending in each."""
    offsets: I64
    """Shape (groups + 1,): where each starts, and the end."""

    @property
    def first(self) -> I64:
        """The first document of each group: its representative."""
        return self.members[self.offsets[:-1]]

    def same(self, n_documents: int) -> I64:
        """Return for each document the first of its group, or itself where it is in none."""
        same = np.arange(n_documents)
        same[self.members] = np.repeat(self.first, np.diff(self.offsets))
        return same


def group_identical(digests: NDArray[np.uint64], n_tokens: NDArray[Any]) -> Groups:
    """Group documents by the digest of their tokens, in the order of the first documents."""
    documents = np.flatnonzero(n_tokens)
    _, first, group, sizes = np.unique(digests[documents], return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    members = documents[np.argsort(rank[group], kind="stable")]
    return Groups(members, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[order])]))


@jit
def cross(members: I64, offsets: I64, a: I64, b: I64, out: I64) -> int:
    """Write the pairs between groups `a[i]` and `b[i]` (inside one where they are the same) as document, document, row.

    Returns their number; where `out` has no rows, only counts.
    """
    n = 0
    for row in range(len(a)):
        same = a[row] == b[row]
        one, one_end = offsets[a[row]], offsets[a[row] + 1]
        other, other_end = offsets[b[row]], offsets[b[row] + 1]
        total = one_end - one if same else one_end - one + other_end - other
        for i in range(one, one_end):
            for j in range(i + 1 if same else other, other_end):
                if total > FULL and i != one and j != other:
                    break
                if len(out):
                    out[n, 0], out[n, 1], out[n, 2] = members[i], members[j], row
                n += 1
    return n


def expand(groups: Groups, a: I64, b: I64) -> I64:
    """Return the pairs of documents that pairs of groups stand for.

    Parameters
    ----------
    groups
        Groups of identical documents.
    a, b
        Pairs of groups; a group with itself stands for the pairs inside it.

    Returns
    -------
    NDArray[np.int64]
        Shape (n, 3): document of the one group, document of the other, row of `a` and `b`.
    """
    room = cross(groups.members, groups.offsets, a, b, np.empty((0, 3), np.int64))
    out = np.empty((room, 3), np.int64)
    cross(groups.members, groups.offsets, a, b, out)
    return out
