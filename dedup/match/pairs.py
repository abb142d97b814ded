"""From sketches to verified pairs: candidates of both kinds, exact figures, and identical documents put back in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.match.candidates import candidates, make_postings
from dedup.match.count import COMMON_ONLY, OWN
from dedup.match.identical import Groups, expand, group_identical
from dedup.match.need import need_of
from dedup.match.sketched import Sketched
from dedup.match.table import Floor, PairTable
from dedup.match.verify import verify
from dedup.records import Bounds
from dedup.sketch import Sketches

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


class _Found(NamedTuple):
    """Verified pairs of representatives."""

    a: I64
    b: I64
    shared: I32
    common: NDArray[np.bool_]


def find_pairs(sketches: Sketches, bounds: Bounds, *, workers: int = 2) -> PairTable:
    """Find the pairs of documents whose sketches are in memory; see `match_sketched`."""
    with tempfile.TemporaryDirectory(prefix="dedup-") as folder:
        held = Sketched(Path(folder), bounds.min_jaccard).clear()
        held.add(sketches)
        return match_sketched(held.save(), bounds, workers=workers)


def match_sketched(
    held: Sketched,
    bounds: Bounds,
    *,
    near_only: bool = False,
    rank: I64 | None = None,
    workers: int = 2,
    memory: int = 1 << 31,
    on_progress: Callable[[int], None] = lambda documents: None,
) -> PairTable:
    """Find all pairs of documents that are copies under bounds, and those down to the table's floor.

    Parameters
    ----------
    held
        Sketches of the documents.
    bounds
        What counts as a copy; the floor is lowered to it. What candidates may miss is said in `postings` and `count`.
    near_only
        Keep near copies only: much less to verify.
    rank
        Order in which documents become heads of clusters, lowest first; None for one by content. Where more documents
        share a text than can all be paired, they are paired with the lowest.
    workers
        Threads; the result does not depend on them.
    memory
        Bytes for buffers; nor on these.
    on_progress
        Told the number of documents done, each time some are.

    Returns
    -------
    PairTable
        With exact figures.
    """
    floor = Floor.near(bounds) if near_only else Floor().below(bounds)
    asked = floor.asked(bounds)
    groups = group_identical(held.digests, held.n_tokens)
    chosen = np.zeros(len(held), bool)
    chosen[groups.first] = True
    if rank is None:
        rank = np.argsort(np.argsort(held.digests, kind="stable"))
    postings, documents = make_postings(held, chosen, _of_groups(groups, rank), workers)
    found = [_Found(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, bool))]
    most = memory // 8  # bytes of shingle sets
    need = need_of(floor, asked, int(chosen.sum()))
    with closing(candidates(postings, documents, need, workers=workers, memory=memory // 8)) as parts:
        for a, b, common in _gathered(parts, held.set_offsets, 2 * most, on_progress):
            shared = verify(held.sets, held.set_offsets, a, b, workers=workers, memory=most)
            sizes = held.n_shingles[a], held.n_shingles[b]
            kept = np.where(common == COMMON_ONLY, asked.keeps(shared, *sizes), floor.keeps(shared, *sizes))
            found.append(_Found(a[kept], b[kept], shared[kept], common[kept] != OWN))
    columns = (np.concatenate(column) for column in zip(*found, strict=True))
    return _put_back(groups, _Found(*columns), held.n_shingles, floor)


def _gathered(
    parts: Iterator[tuple[int, I64, I64, I64]],
    set_offsets: I64,
    most: int,
    on_progress: Callable[[int], None],
) -> Iterator[tuple[I64, I64, I64]]:
    """Put candidates together until the shingle sets of their A take `most` bytes."""
    waiting: list[tuple[NDArray[Any], ...]] = []
    first = last = 0
    for n, *columns in parts:
        waiting.append(tuple(columns))
        last += n
        if (set_offsets[last] - set_offsets[first]) * 8 >= most or last == len(set_offsets) - 1:
            yield tuple(map(np.concatenate, zip(*waiting, strict=True)))  # type: ignore[misc]
            waiting, first = [], last
        on_progress(n)


def _of_groups(groups: Groups, rank: I64) -> I64:
    """Give each representative the best rank of the documents that it stands for."""
    best = rank.copy()
    if len(groups.members):
        best[groups.first] = np.minimum.reduceat(rank[groups.members], groups.offsets[:-1])
    return best


def _put_back(groups: Groups, found: _Found, n_shingles: I32, floor: Floor) -> PairTable:
    """Return the table of all documents, from the pairs of the groups' first ones and their figures."""
    place = np.empty(len(n_shingles), np.int64)
    place[groups.first] = np.arange(len(groups.first))
    several = np.flatnonzero(np.diff(groups.offsets) > 1)
    own = n_shingles[groups.first[several]]
    one, other, row = expand(
        groups, np.concatenate([place[found.a], several]), np.concatenate([place[found.b], several])
    ).T
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.argsort(low << 32 | high)
    low, high, row = low[order], high[order], row[order]
    return PairTable(
        low,
        high,
        np.concatenate([found.shared, own])[row],
        n_shingles[low],
        n_shingles[high],
        row >= len(found.a),
        np.concatenate([found.common, np.zeros(len(own), bool)])[row],
        groups.same(len(n_shingles)),
        floor,
    )
