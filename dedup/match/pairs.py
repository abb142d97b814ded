"""From sketches to verified pairs: candidates of both kinds, exact figures, and identical documents put back in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.match import bands, fingerprints
from dedup.match.identical import Groups, expand, group_identical
from dedup.match.join import distinct
from dedup.match.table import Floor, PairTable
from dedup.match.verify import verify
from dedup.records import Bounds
from dedup.sketch import Packed, Sketches

I64 = NDArray[np.int64]


def find_pairs(packed: Packed, sketches: Sketches, bounds: Bounds, *, workers: int = 2) -> PairTable:
    """Find all pairs of documents that are copies under bounds, and those down to the table's floor.

    Parameters
    ----------
    packed, sketches
        The documents.
    bounds
        What counts as a copy; the floor is lowered to it.
    workers
        Threads; the result does not depend on them.

    Returns
    -------
    PairTable
        With exact figures. What candidates may miss is said in `bands`, `fingerprints` and `join`.
    """
    floor = Floor().below(bounds)
    groups = group_identical(sketches.digests, sketches.n_tokens)
    a, b = fingerprints.unpack(find_candidates(sketches, groups.first, bounds, floor))
    shared, size_a, size_b = verify(packed, a, b, workers=workers)
    kept = floor.keeps(shared, size_a, size_b)
    figures = np.stack([shared[kept], size_a[kept], size_b[kept]], axis=1)
    return _put_back(groups, a[kept], b[kept], figures, sketches.n_shingles, floor)


def find_candidates(sketches: Sketches, documents: I64, bounds: Bounds, floor: Floor) -> NDArray[np.uint64]:
    """Return the pairs among documents that are worth verifying, sorted, each ``a << 32 | b`` with ``a < b``."""
    near = bands.candidates(sketches.signatures, documents, sketches.digests, bounds.min_jaccard)
    chosen = np.zeros(len(sketches), bool)
    chosen[documents] = True
    owners = np.repeat(np.arange(len(sketches)), np.diff(sketches.offsets))
    kept = chosen[owners]
    # Below twice `shared` a pair is kept for its share of the smaller document, which then has no more than this.
    small = 2 * floor.shared / min(floor.containment, floor.jaccard)
    partial = fingerprints.candidates(
        sketches.fingerprints[kept], owners[kept], sketches.digests, sketches.n_shingles, small
    )
    return distinct(np.concatenate([near, partial]))[0]


def _put_back(groups: Groups, a: I64, b: I64, figures: I64, n_shingles: I64, floor: Floor) -> PairTable:
    """Return the table of all documents, from the pairs of the groups' first ones and their figures."""
    place = np.empty(len(n_shingles), np.int64)
    place[groups.first] = np.arange(len(groups.first))
    several = np.flatnonzero(np.diff(groups.offsets) > 1)
    own = n_shingles[groups.first[several]]
    figures = np.concatenate([figures, np.stack([own, own, own], axis=1)])
    rows = expand(groups, np.concatenate([place[a], several]), np.concatenate([place[b], several]))
    one, other, row = rows[:, 0], rows[:, 1], rows[:, 2]
    exact = row >= len(a)
    shared, size_one, size_other = figures[row].T
    swapped = one > other
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.argsort(low << 32 | high)
    return PairTable(
        low[order],
        high[order],
        shared[order],
        np.where(swapped, size_other, size_one)[order],
        np.where(swapped, size_one, size_other)[order],
        exact[order],
        groups.same(len(n_shingles)),
        floor,
    )
