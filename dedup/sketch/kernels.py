"""Kernels from folded documents to token hashes, shingle hashes, signatures and fingerprints.

`folding` leaves the tokens of a document between zeros: `split` finds them, 64 bytes at a time, and `hash_tokens` takes
16 bytes of one at once. A shingle's hash is a polynomial in its token hashes, which keeps their order, finalized as
theirs are. Each step is a plain loop over arrays that stay in the cache, most of them SIMD.

The signature is MinHash (Broder 1997) by the scheme `affine32` of datasketch 2: the low 32 bits of a shingle's hash go
through MurmurHash3's 32-bit finalizer, then 128 maps ``a * h + b`` modulo 2^32, and the least value of each is kept.

What else the literature has, measured on news by ``benchmarks/sketches.py`` (MB of text a second on one core, for the
step alone; the error is the root mean square of the Jaccard estimate on known pairs): one permutation with optimal
densification (Shrivastava 2017) is four times as fast, 6,286 against 1,454 MB/s, and errs as much (0.030, 0.032); it
would make the whole way a quarter faster, but signatures are to be datasketch's, bit for bit. C-MinHash (Li, Li 2022;
795 MB/s) and SuperMinHash (Ertl 2017; 152 MB/s, error 0.026) are slower. b-bit (Li, König 2010) is for storage: with 8
bits of each value, in a quarter of the bytes, LSH found the same near copies with 6 candidates more. Winnowing
(Schleimer, Wilkerson, Aiken 2003) of the same density finds all copies that sampling finds, with 37,576 candidate pairs
for 88,569, at 2,083 against 5,027 MB/s; sampling stays, as what is kept of a shared phrase then depends on the phrase
alone, and the number of common fingerprints tells how much is shared. Of excerpts 1 in 8 misses 0.2 %, where two
fingerprints must be common; 1 in 4 misses none.

Numba notices a change in a cached kernel's own file only: so kernels here call none of `folding`, folded bytes
are handed on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch.folding import BLOCK
from dedup.sketch.tables import BIT, DE_BRUIJN

SHINGLE = 5
"""Tokens in a shingle: five words seldom meet by chance, and an edit costs no more than five shingles."""
PERMUTATIONS = 128
SAMPLE_MASK = np.uint64(3)
"""A shingle is a fingerprint when these bits of its hash are 0: one in four. Of 30 shared shingles at least one is then
a fingerprint in all but 0.02 % of cases, at least two in all but 0.2 %; of 15 at least one in all but 1.3 %. One in
eight would miss 1.8 % at 30 and 13 % at 15; all of them would take four times the memory and sorting."""
ALL_BELOW = 64
"""Documents of fewer distinct shingles carry them all: briefs and captions find each other whatever the sampling."""

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

# Odd multipliers: 2^64 divided by the golden ratio, and those of MurmurHash3's finalizers.
_ORDER = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xFF51AFD7ED558CCD)
_MIX_B = np.uint64(0xC4CEB9FE1A85EC53)
_MIX32_A = np.uint32(0x85EBCA6B)
_MIX32_B = np.uint32(0xC2B2AE35)
_S13, _S16, _S32, _S33, _S58, _S63 = np.uint32(13), np.uint32(16), *(np.uint64(s) for s in (32, 33, 58, 63))
_LOW32 = np.uint64(0xFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)

_CHUNK = 16
"""Bytes of a token hashed at once."""
_HEAD = np.array([(1 << 8 * min(k, 8)) - 1 for k in range(_CHUNK + 1)], np.uint64)
_REST = np.array([(1 << 8 * max(k - 8, 0)) - 1 for k in range(_CHUNK + 1)], np.uint64)
"""Masks of the first and the second 8 bytes, by the number of bytes wanted."""
_LANES = 16
"""Shingles that a signature is lowered by at once."""
_MOST = 2**31 - 1
"""What a table of 32 bits can count to."""


@jit
def mix64(h: np.uint64) -> np.uint64:
    """Return MurmurHash3's 64-bit finalizer of a hash: a bijection in which each bit depends on each."""
    h ^= h >> _S33
    h *= _MIX_A
    h ^= h >> _S33
    h *= _MIX_B
    return h ^ (h >> _S33)


@jit
def mix32(h: np.uint32) -> np.uint32:
    """Return MurmurHash3's 32-bit finalizer, the step before datasketch's maps."""
    h = np.uint32(h ^ (h >> _S16))
    h = np.uint32(h * _MIX32_A)
    h = np.uint32(h ^ (h >> _S13))
    h = np.uint32(h * _MIX32_B)
    return np.uint32(h ^ (h >> _S16))


@jit
def split(folded: U8, m: int, bounds: I64) -> int:
    """Write first and end of each run of bytes other than 0, and return the number of runs."""
    n, inside = 0, _ZERO
    for first in range(0, m + 1, BLOCK):
        block = folded[first : first + BLOCK]  # indices that cannot be negative: a test for those keeps LLVM from SIMD
        mask = _ZERO
        for k in range(BLOCK):
            mask |= np.uint64(block[k] != 0) << np.uint64(k)
        edges = mask ^ (mask << _ONE | inside)
        inside = mask >> _S63
        while edges:
            lowest = edges & (~edges + _ONE)
            bounds[n] = first + BIT[(lowest * DE_BRUIJN) >> _S58]
            n += 1
            edges ^= lowest
    return n // 2


@jit
def load(folded: U8, p: np.uint64) -> np.uint64:
    """Return the 8 bytes from `p` on, the first lowest; LLVM makes one load of it."""
    word = _ZERO
    for k in range(8):
        word |= np.uint64(folded[p + np.uint64(k)]) << np.uint64(8 * k)
    return word


@jit
def take(h: np.uint64, folded: U8, p: np.uint64, left: int) -> np.uint64:
    """Take the next 16 bytes of a token, or the `left` that are left, into its hash."""
    wanted = min(left, _CHUNK)
    h = (h ^ (load(folded, p) & _HEAD[wanted])) * _ORDER
    h ^= h >> _S32
    h += (load(folded, p + np.uint64(8)) & _REST[wanted]) * _MIX_A
    return h


@jit
def hash_tokens(folded: U8, bounds: I64, n: int, hashes: U64) -> None:
    """Write the hash of each of `n` tokens: equal for equal bytes, and never equal for two tokens of up to 8."""
    for t in range(n):
        p, left = np.uint64(bounds[2 * t]), bounds[2 * t + 1] - bounds[2 * t]
        h = take(_ZERO, folded, p, left)
        while left > _CHUNK:
            p += np.uint64(_CHUNK)
            left -= _CHUNK
            h = take(h, folded, p, left)
        hashes[t] = h
    for t in range(n):
        hashes[t] = mix64(hashes[t])


@jit
def tokenise(folded: U8, m: int, bounds: I64, hashes: U64) -> int:
    """Write bounds and hash of each token of a folded document of `m` bytes; return the number of tokens."""
    n = split(folded, m, bounds)
    hash_tokens(folded, bounds, n, hashes)
    return n


@jit
def shingle(tokens: U64, n: int, shingles: U64) -> int:
    """Write the shingle hashes of `n` tokens in order, never 0, and return their number.

    Fewer tokens than a shingle takes make one shingle. Its hash starts from their number: it equals no other length's.
    """
    if n < SHINGLE:
        h = np.uint64(n)
        for k in range(n):
            h = h * _ORDER + tokens[k]
        shingles[0] = max(mix64(h), _ONE)
        return min(n, 1)
    for i in range(n - SHINGLE + 1):
        h = np.uint64(SHINGLE)
        for k in range(SHINGLE):
            h = h * _ORDER + tokens[i + k]
        shingles[i] = max(mix64(h), _ONE)
    return n - SHINGLE + 1


@jit
def digest(tokens: U64, n: int) -> np.uint64:
    """Return a hash of a whole token sequence; 0 for none.

    A sum of what each token becomes at its place: a chain, in which each step waits for the last, takes five times as
    long.
    """
    h = np.uint64(n)
    for i in range(n):
        h += mix64(tokens[i] + np.uint64(i) * _ORDER)
    return mix64(h)


@jit
def distinct(values: U64, n: int, table: I32, base: I64) -> int:
    """Leave only the first of equal values, in their order, and return how many are left.

    Open addressing with linear probing (Knuth, The Art of Computer Programming 6.4, algorithm L); hashes are evenly
    spread, so their high bits are their places. The table, with room for 16n, holds the number of each value, counted
    on from ``base[0]``, which is the most that earlier calls have left there: so it need not be cleared. It is at most
    1/8 full: then mostly the first probe decides, and the branch is predicted.
    """
    if base[0] > _MOST - n:
        table[:] = 0
        base[0] = 0
    bits = 3
    while 1 << bits < 8 * n:
        bits += 1
    shift, last = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    start, count = base[0], 0
    for i in range(n):
        value = values[i]
        place = value >> shift
        while table[place] > start and values[table[place] - start - 1] != value:
            place = (place + _ONE) & last
        values[count] = value
        if table[place] <= start:
            count += 1
            table[place] = start + count
    base[0] = start + count
    return count


@jit
def minhash(shingles: U64, n: int, maps: Any, low: U32, signature: U32) -> None:
    """Write a signature, shape (128,): the least of each map over `n` shingle hashes; ones for none.

    16 shingles at a time, so that maps and minima are loaded once for 16; LLVM keeps those in registers and turns the
    lanes into SIMD. `low` has room for n + 16.
    """
    a, b = maps
    for i in range(n):
        low[i] = mix32(np.uint32(shingles[i] & _LOW32))
    low[n : n + _LANES] = low[max(n - 1, 0)]  # the last one fills up: a minimum does not mind
    signature[:] = _LOW32
    for first in range(0, n, _LANES):
        for k in range(PERMUTATIONS):
            least = signature[k]
            for i in range(_LANES):
                least = min(least, np.uint32(a[k] * low[first + i] + b[k]))
            signature[k] = least


@jit
def sample(shingles: U64, n: int, out: U64, used: int) -> int:
    """Append the fingerprints of a document's `n` distinct shingles to `out`, in their order, and return its end."""
    mask = _ZERO if n < ALL_BELOW else SAMPLE_MASK
    for i in range(n):
        out[used] = shingles[i]
        used += shingles[i] & mask == _ZERO
    return used


@jit
def sketch_slice(folded: U8, spans: I64, maps: Any, columns: Any, scratch: Any) -> tuple[U64, U64]:
    """Sketch documents ``folded[spans[d, 0]:spans[d, 1]]`` into the rows of `columns`.

    Parameters
    ----------
    folded, spans
        As `folding.fold_documents` has them.
    maps
        datasketch's `a` and `b`.
    columns
        Signatures, digests, and numbers of tokens, shingles and fingerprints.
    scratch
        Bounds, hashes, table, its base, low halves, shingles and fingerprints: room for 2n + 1, n, 16n, 1, n + 16, N
        and N, where n is the most tokens that a document may have, N that all together. The table and its base, at
        first zeros, are to be as the last call left them.

    Returns
    -------
    shingles, fingerprints
        Distinct ones of the documents, in the order in which they first stand; they are in the scratch arrays.
    """
    signatures, digests, n_tokens, n_shingles, n_fingerprints = columns
    bounds, hashes, table, base, low, sets, out = scratch
    end, used = 0, 0
    for d in range(len(spans)):
        n = tokenise(folded[spans[d, 0] :], spans[d, 1] - spans[d, 0], bounds, hashes)
        n_tokens[d] = n
        digests[d] = digest(hashes, n)
        shingles = sets[end:]
        n = distinct(shingles, shingle(hashes, n, shingles), table, base)
        n_shingles[d] = n
        minhash(shingles, n, maps, low, signatures[d])
        before = used
        used = sample(shingles, n, out, used)
        n_fingerprints[d] = used - before
        end += n
    return sets[:end], out[:used]


@jit
def streams_slice(
    folded: U8, spans: I64, places: I32, sizes: I64, bounds: I64, total: int
) -> tuple[U64, U64, I32, I32]:
    """Return tokens, shingles, starts and ends of folded documents, one after the other; a place for every token.

    `total` is how many tokens there may be at most.
    """
    hashes, shingles = np.empty(total, np.uint64), np.empty(total, np.uint64)
    starts, ends = np.empty(total, np.int32), np.empty(total, np.int32)
    used = 0
    for d in range(len(spans)):
        n = tokenise(folded[spans[d, 0] :], spans[d, 1] - spans[d, 0], bounds, hashes[used:])
        count = shingle(hashes[used:], n, shingles[used:])
        shingles[used + count : used + n] = _ZERO
        for t in range(n):
            starts[used + t] = places[spans[d, 0] + bounds[2 * t]]
            ends[used + t] = places[spans[d, 0] + bounds[2 * t + 1]]
        sizes[d] = n
        used += n
    return hashes[:used], shingles[:used], starts[:used], ends[:used]
