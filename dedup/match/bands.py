"""Near-duplicates: locality-sensitive hashing of signatures in bands.

A signature is cut into `b` bands of `r` rows; two documents are candidates where they agree in all rows of a band,
which at Jaccard similarity `s` happens with a chance of ``1 - (1 - s ** r) ** b`` (Leskovec, Rajaraman, Ullman, Mining
of Massive Datasets, section 3.4). `b` and `r` come from datasketch's search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

# Weights of false positives and false negatives for datasketch's search. A false positive costs one verification, a
# false negative a copy: at a bound of 0.7 these give 20 bands of 6, which find 92 % at 0.7 and 99.8 % at 0.8, where
# equal weights (14 of 9) find 44 % and 87 %. What remains the fingerprints find.
_WEIGHTS = (0.1, 0.9)
# Bound, permutations, bands and rows that most scans have: to work them out takes longer than a small scan.
_USUAL = (0.7, 128, 20, 6)
_PRIME = np.uint64(0x100000001B3)
_MIX_A, _MIX_B, _S33 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)


def parameters(min_jaccard: float, permutations: int) -> tuple[int, int]:
    """Return datasketch's number of bands, and of rows in each, for a Jaccard bound."""
    if (min_jaccard, permutations) == _USUAL[:2]:
        return _USUAL[2:]
    from datasketch.lsh import _optimal_param  # brings scipy

    bands, rows = _optimal_param(min_jaccard, permutations, *_WEIGHTS)
    return int(bands), int(rows)


def band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> NDArray[np.uint64]:
    """Hash each band of each signature together with its number; shape (documents, bands)."""
    keys = np.empty((len(signatures), bands), np.uint64)
    hash_bands(np.ascontiguousarray(signatures), rows, keys)
    return keys


@jit
def hash_bands(signatures: NDArray[np.uint32], rows: int, keys: NDArray[np.uint64]) -> None:
    """Write the key of each band."""
    for document in range(len(keys)):
        for band in range(keys.shape[1]):
            key = np.uint64(band)
            for row in range(band * rows, (band + 1) * rows):
                key = mix((key ^ np.uint64(signatures[document, row])) * _PRIME)
            keys[document, band] = key


@jit
def mix(h: np.uint64) -> np.uint64:
    """MurmurHash3's 64-bit finalizer."""
    h = (h ^ h >> _S33) * _MIX_A
    h = (h ^ h >> _S33) * _MIX_B
    return h ^ h >> _S33
