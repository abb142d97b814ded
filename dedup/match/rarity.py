"""Whether what two documents share says anything: a standing disclaimer that slipped through is in everything.

A pair is *common* where nine tenths of the shingles that both have stand in more than `MANY` documents of different
text, or in more than a thousandth of a larger corpus. Of the shingles the sampled ones are looked at, of which it is
known in how many documents they are. No story comes near: the widest wire stories are carried in some hundred versions,
identical ones counted once. In a corpus of fewer documents than `MANY` nothing is common.

The label does not change figures or relation. A common excerpt binds no cluster, as its shared text is that of a
template; near and exact copies do, as there the texts as a whole are the same, however many carry them. A common passage
is not a pair at all: each page of a site would have one with each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dedup.match.postings import Common, count_common
from dedup.match.verify import Sets
from dedup.sketch.kernels import SAMPLE_MASK

I64 = NDArray[np.int64]

MANY = 256
MANY_SHARE = 0.001
_NEARLY_ALL = 0.9
# Fewer sampled shingles tell nothing.
_FEWEST = 2
# Pairs that a thread takes at a time.
_SLICE = 1 << 12


def bound(n_documents: int) -> int:
    """Return the number of documents above which a shingle is in much of a corpus of distinct texts."""
    return max(MANY, int(MANY_SHARE * n_documents))


def are_common(
    sets: Sets, a: I64, b: I64, common: Common, n_common: NDArray[np.int32], n_documents: int, workers: int
) -> NDArray[np.bool_]:
    """Say which pairs share next to nothing but what is in much of the corpus.

    Parameters
    ----------
    sets
        Shingles of the documents.
    a, b
        Pairs.
    common, n_common
        Shingles in more than a few documents, and how many of its fingerprints are among them, of each document.
    n_documents
        Documents of different text in the corpus.
    workers
        Threads.
    """
    counts = np.zeros((len(a), 2), np.int64)
    able = np.flatnonzero(np.minimum(n_common[a], n_common[b]) >= _FEWEST)
    one, other, found = sets.places(a[able]), sets.places(b[able]), np.empty((len(able), 2), np.int64)

    def run(start: int) -> None:
        own = slice(start, start + _SLICE)
        many = bound(n_documents)
        count_common(sets.shingles, sets.offsets, one[own], other[own], common, SAMPLE_MASK, many, found[own])

    if n_documents > bound(n_documents) and len(common.table):
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, range(0, len(able), _SLICE)))
        counts[able] = found
    return np.asarray((counts[:, 0] >= _FEWEST) & (counts[:, 1] >= _NEARLY_ALL * counts[:, 0]))
