"""Partial copies: documents that have sampled shingles in common.

Jaccard similarity does not see a paragraph in a long text; common shingles do, however long the rest is. Shingles are
sampled by their hash (Manber 1994, "Finding similar files in a large file system"; Broder 1997, section 4, "mod m"), so
that both documents keep the same ones, and the inverted list is joined by sorting (`join`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.match.join import join

# One common fingerprint alone is mostly a set phrase: in 37 million words of English news 5.9 million pairs have one,
# and 0.8 million are left by this rule. Of 30 shared shingles two are sampled in 99.8 % of cases.
_COMMON = 2


def candidates(
    fingerprints: NDArray[np.uint64],
    documents: NDArray[np.int64],
    salts: NDArray[np.uint64],
    n_shingles: NDArray[np.int64],
    small: float,
) -> NDArray[np.uint64]:
    """Return the pairs with common fingerprints: two of them, or one where a document is small.

    Parameters
    ----------
    fingerprints
        Sampled shingle hashes.
    documents
        The document of each.
    salts
        As in `join`, of all documents.
    n_shingles
        Distinct shingles of all documents.
    small
        A pair with a document of at most so many shingles needs only one.

    Returns
    -------
    NDArray[np.uint64]
        Sorted, each ``a << 32 | b`` with ``a < b``.
    """
    pairs, common = join(fingerprints, documents, salts)
    a, b = unpack(pairs)
    return pairs[(common >= _COMMON) | (np.minimum(n_shingles[a], n_shingles[b]) <= small)]


def unpack(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two documents of each ``a << 32 | b``."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
