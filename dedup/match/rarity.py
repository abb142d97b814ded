"""Whether what two documents share says anything: a standing disclaimer that slipped through is in everything.

A pair is *common* where nine tenths of the shingles that both have stand in more than `MANY` documents of different
text, or in more than a thousandth of a larger corpus. Of the shingles the sampled ones are looked at, of which it is
known in how many documents they are. No story comes near: the widest wire stories are carried in some hundred versions,
identical ones counted once. In a corpus of fewer documents than `MANY` nothing is common.

The label does not change figures or relation. A common excerpt or passage binds no cluster, as its shared text is that
of a template; near and exact copies do, as there the texts as a whole are the same, however many carry them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.match.postings import Common, count_common
from dedup.sketch.kernels import SAMPLE_MASK

MANY = 256
MANY_SHARE = 0.001
_NEARLY_ALL = 0.9
# Fewer sampled shingles tell nothing.
_FEWEST = 2


def bound(n_documents: int) -> int:
    """Return the number of documents above which a shingle is in much of a corpus of distinct texts."""
    return max(MANY, int(MANY_SHARE * n_documents))


def are_common(
    shingles: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    common: Common,
    n_documents: int,
) -> NDArray[np.bool_]:
    """Say which pairs of sorted sets share next to nothing but what is in much of the corpus."""
    counts = np.empty((len(a), 2), np.int64)
    count_common(shingles, offsets, a, b, common, SAMPLE_MASK, bound(n_documents), counts)
    return (counts[:, 0] >= _FEWEST) & (counts[:, 1] >= _NEARLY_ALL * counts[:, 0])
