"""Kernels from UTF-8 bytes to token hashes, shingle hashes and signatures.

A document is read once. Bytes below 128 go through a table of 128; others are decoded and looked up (`tables`). Folded
code points are hashed as they come (FNV-1a with 64-bit steps, then MurmurHash3's finalizer), so that no token is ever
spelled out. A shingle's hash is a polynomial in its token hashes, which keeps their order, finalized the same way.

The signature is MinHash (Broder 1997) by the scheme `affine32` of datasketch 2: the low 32 bits of a shingle's hash go
through MurmurHash3's 32-bit finalizer, then 128 maps ``a * h + b`` modulo 2^32, and the least value of each is kept.

All kernels of the room stand in this one file: Numba's disk cache notices a change in a kernel's own file only, not in
the files of kernels that it calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch.tables import (
    CLASS_SHIFT,
    DROPPED,
    LENGTH_SHIFT,
    MARK,
    NOT_ASCII,
    SEPARATOR,
    SINGLE,
    VALUE_MASK,
    WORD,
)

SHINGLE = 5
"""Tokens in a shingle: five words seldom meet by chance, and an edit costs no more than five shingles."""
PERMUTATIONS = 128
SAMPLE_MASK = np.uint64(3)
"""A shingle is a fingerprint when these bits of its hash are 0: one in four. Of 30 shared shingles at least one is then
a fingerprint in all but 0.02 % of cases, at least two in all but 0.2 %; of 15 at least one in all but 1.3 %. One in
eight would miss 1.8 % at 30 and 13 % at 15; all of them would take four times the memory and sorting."""
ALL_BELOW = 64
"""Documents of fewer distinct shingles carry them all: briefs and captions find each other whatever the sampling."""

U64 = NDArray[np.uint64]
Place = tuple[int, int, np.uint64, int]
"""Where tokenising stands: tokens ended, code points read, hash and class (SEPARATOR for none) of the open token."""

# FNV-1a's 64-bit offset basis and prime (Fowler, Noll, Vo), and an odd multiplier for the order of tokens.
_BASIS = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_ORDER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio
# MurmurHash3's finalizers.
_MIX_A = np.uint64(0xFF51AFD7ED558CCD)
_MIX_B = np.uint64(0xC4CEB9FE1A85EC53)
_MIX32_A = np.uint32(0x85EBCA6B)
_MIX32_B = np.uint32(0xC2B2AE35)
_S13, _S16, _S33 = np.uint32(13), np.uint32(16), np.uint64(33)
_LOW32 = np.uint64(0xFFFFFFFF)
_ZERO, _ONE = np.uint64(0), np.uint64(1)

_TWO_END, _THREE_END = 0xE0, 0xF0
_HANGUL, _HANGUL_END = 0xAC00, 0xD7A4
_LEAD, _VOWEL, _TAIL = 0x1100, 0x1161, 0x11A7
_VOWELS, _TAILS = 21, 28


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
def decode(text: NDArray[np.uint8], i: int) -> tuple[int, int]:
    """Return the code point whose UTF-8 starts at `i` (not ASCII; surrogates pass), and its number of bytes."""
    lead = int(text[i])
    if lead < _TWO_END:
        return (lead & 0x1F) << 6 | int(text[i + 1]) & 0x3F, 2
    if lead < _THREE_END:
        return (lead & 0x0F) << 12 | (int(text[i + 1]) & 0x3F) << 6 | int(text[i + 2]) & 0x3F, 3
    high = (lead & 0x07) << 18 | (int(text[i + 1]) & 0x3F) << 12
    return high | (int(text[i + 2]) & 0x3F) << 6 | int(text[i + 3]) & 0x3F, 4


@jit
def step(h: np.uint64, code: int) -> np.uint64:
    """Take one folded code point into a token's hash."""
    return (h ^ np.uint64(code)) * _PRIME


@jit
def feed(h: np.uint64, code: int, entry: int, sequences: NDArray[np.uint32]) -> np.uint64:
    """Take the folding of a code point into a token's hash."""
    if _HANGUL <= code < _HANGUL_END:  # The Unicode Standard, section 3.12, Hangul syllable decomposition
        place = code - _HANGUL
        h = step(h, _LEAD + place // (_VOWELS * _TAILS))
        h = step(h, _VOWEL + place // _TAILS % _VOWELS)
        tail = place % _TAILS
        return step(h, _TAIL + tail) if tail else h
    length = entry >> LENGTH_SHIFT & 7
    value = entry & VALUE_MASK
    if length == 1:
        return step(h, code + value & VALUE_MASK)
    for k in range(length):
        h = step(h, int(sequences[value + k]))
    return h


@jit
def ascii_run(
    text: NDArray[np.uint8], i: int, place: Place, ascii_fold: NDArray[np.uint8], out: Any
) -> tuple[int, Place]:
    """Tokenise from byte `i` to the next that is not ASCII.

    Without a branch for each byte: what would be written at a token's end is written at every byte, to the place of
    the open token. With branches the ends of words, which nothing predicts, cost more than all the rest.
    """
    hashes, starts, ends = out
    n, code_point, h, state = place
    if state == SINGLE:
        hashes[n] = h
        ends[n] = code_point
        n += 1
        h, state = _BASIS, SEPARATOR
    shift = code_point - i
    if not state:
        starts[n] = i + shift
    while i < len(text):
        folded = ascii_fold[text[i]]
        if folded == NOT_ASCII:
            break
        hashes[n] = h
        ends[n] = i + shift
        inside = folded != 0
        n += state & (not inside)
        starts[n + inside] = i + 1 + shift  # where the next token starts, unless another separator follows
        h = step(h, folded) if inside else _BASIS
        state = WORD if inside else SEPARATOR
        i += 1
    return i, (n, i + shift, h, state)


@jit
def other(kind: int, place: Place, out: Any) -> Place:
    """End the open token where a code point of a class ends it, and open one where it opens one."""
    hashes, starts, ends = out
    n, code_point, h, state = place
    if kind == DROPPED or (kind == MARK and state):
        return n, code_point, h, state
    if state and (kind != state or kind == SINGLE):
        hashes[n] = h
        ends[n] = code_point
        n += 1
        h, state = _BASIS, SEPARATOR
    if kind != SEPARATOR and not state:
        starts[n] = code_point
        state = SINGLE if kind == SINGLE else WORD
    return n, code_point, h, state


@jit
def tokenise(
    text: NDArray[np.uint8], tables: Any, hashes: U64, starts: NDArray[np.int32], ends: NDArray[np.int32]
) -> int:
    """Write the hash and the code points of each token of one document.

    Parameters
    ----------
    text
        UTF-8 bytes of one document.
    tables
        `UnicodeTables`.
    hashes
        Room for ``len(text) // 2 + 2`` values: tokens of one byte take a separator, those without take two bytes.
    starts, ends
        Of the same size: the first code point of each token, and the one after its last.

    Returns
    -------
    int
        The number of tokens.
    """
    ascii_fold, page_of, pages, sequences = tables
    out = (hashes, starts, ends)
    i, place = 0, (0, 0, _BASIS, SEPARATOR)
    while i < len(text):
        if ascii_fold[text[i]] != NOT_ASCII:
            i, place = ascii_run(text, i, place, ascii_fold, out)
            continue
        code, width = decode(text, i)
        entry = int(pages[int(page_of[code >> 8]) << 8 | code & 255])
        kind = entry >> CLASS_SHIFT
        n, code_point, h, state = other(kind, place, out)
        if kind != SEPARATOR and kind != DROPPED:  # noqa: PLR1714, a tuple costs the kernel its speed
            h = feed(h, code, entry, sequences)
        place = (n, code_point + 1, h, state)
        i += width
    n, code_point, h, state = place
    if state:
        hashes[n] = h
        ends[n] = code_point
        n += 1
    for k in range(n):
        hashes[k] = mix64(hashes[k])
    return n


@jit
def shingle(tokens: U64, n: int, shingles: U64) -> int:
    """Write the shingle hashes of `n` tokens in order, never 0, and return their number.

    Fewer tokens than a shingle takes make one shingle. Its hash starts from their number: it equals no other length's.
    """
    width = min(n, SHINGLE)
    count = n - width + 1 if n else 0
    for i in range(count):
        h = np.uint64(width)
        for k in range(width):
            h = h * _ORDER + tokens[i + k]
        h = mix64(h)
        shingles[i] = h if h else _ONE
    return count


@jit
def sequence_digest(tokens: U64, n: int) -> np.uint64:
    """Return a hash of a whole token sequence; 0 for none."""
    h = np.uint64(n)
    for i in range(n):
        h = mix64(h * _ORDER + tokens[i])
    return h


@jit
def sort_distinct(values: U64, n: int, scratch: U64, ends: NDArray[np.int64]) -> int:
    """Sort `n` hashes and leave only the distinct ones, and return how many; `scratch` and `ends` have room for 2n.

    Hashes are evenly spread, so their high bits alone put them into about as many buckets as there are values, and
    insertion sort does the rest: linear (Knuth, The Art of Computer Programming 5.2.1, "address calculation").
    """
    bits = 1
    while 1 << bits < n:
        bits += 1
    shift = np.uint64(64 - bits)
    ends[: 1 << bits] = 0
    for i in range(n):
        ends[values[i] >> shift] += 1
    total = 0
    for bucket in range(1 << bits):  # first where each starts; when all are in, where each ends
        size = ends[bucket]
        ends[bucket] = total
        total += size
    for i in range(n):
        bucket = values[i] >> shift
        scratch[ends[bucket]] = values[i]
        ends[bucket] += 1
    count = 0
    for i in range(n):
        value = scratch[i]
        k = count
        while k > 0 and values[k - 1] > value:
            k -= 1
        if k == 0 or values[k - 1] != value:
            for j in range(count, k, -1):
                values[j] = values[j - 1]
            values[k] = value
            count += 1
    return count


@jit
def distinct(values: U64, n: int, table: U64) -> int:
    """Leave only the first of equal values, in their order, and return how many are left; `table` has room for 4n.

    `n` values, none of them 0. Open addressing with linear probing (Knuth, The Art of Computer Programming 6.4,
    algorithm L) in a table that is at most half full; hashes are evenly spread, so their high bits are their places.
    """
    bits = 1
    while 1 << bits < 2 * n:
        bits += 1
    shift, last = np.uint64(64 - bits), (1 << bits) - 1
    table[: 1 << bits] = _ZERO
    count = 0
    for i in range(n):
        value = values[i]
        place = np.int64(value >> shift)
        while table[place] != _ZERO and table[place] != value:
            place = (place + 1) & last
        values[count] = value
        count += table[place] == _ZERO
        table[place] = value
    return count


@jit
def minhash(shingles: U64, n: int, a: NDArray[np.uint32], b: NDArray[np.uint32], signature: NDArray[np.uint32]) -> None:
    """Lower a signature, shape (128,), to the least of each map over `n` shingle hashes.

    Four shingles at a time, so that a lane is loaded and stored once for four; LLVM turns the inner loop into SIMD.
    """
    i = 0
    while i < n:  # the last ones are taken again where four do not divide n: a minimum does not mind
        h0 = mix32(np.uint32(shingles[i] & _LOW32))
        h1 = mix32(np.uint32(shingles[min(i + 1, n - 1)] & _LOW32))
        h2 = mix32(np.uint32(shingles[min(i + 2, n - 1)] & _LOW32))
        h3 = mix32(np.uint32(shingles[min(i + 3, n - 1)] & _LOW32))
        for k in range(PERMUTATIONS):
            front = min(np.uint32(a[k] * h0 + b[k]), np.uint32(a[k] * h1 + b[k]))
            back = min(np.uint32(a[k] * h2 + b[k]), np.uint32(a[k] * h3 + b[k]))
            signature[k] = min(signature[k], front, back)
        i += 4


@jit
def sample(shingles: U64, n: int, out: U64, used: int) -> tuple[U64, int]:
    """Append the fingerprints of a document's `n` distinct shingles to `out`, and return it, grown where needed.

    They keep their order.
    """
    if used + n > len(out):
        grown = np.empty(2 * (used + n), np.uint64)
        grown[:used] = out[:used]
        out = grown
    for i in range(n):
        if n < ALL_BELOW or shingles[i] & SAMPLE_MASK == _ZERO:
            out[used] = shingles[i]
            used += 1
    return out, used


@jit
def rooms(spans: NDArray[np.int64]) -> tuple[int, int]:
    """Return the room that tokens may need: of the longest document, and of all together."""
    most, total = 0, 0
    for d in range(len(spans)):
        room = (spans[d, 1] - spans[d, 0]) // 2 + 2
        most = max(most, room)
        total += room
    return most, total


@jit
def sketch_slice(data: NDArray[np.uint8], spans: NDArray[np.int64], tables: Any, maps: Any, columns: Any) -> U64:
    """Sketch documents ``data[spans[d, 0]:spans[d, 1]]`` into the rows of `columns`, and return their fingerprints.

    A fingerprint stands where its shingle stands first: their order is the text's.
    `maps` are datasketch's `a` and `b`; `columns` are signatures (lowered, so to be filled with ones before), digests,
    and numbers of tokens, shingles and fingerprints.
    """
    signatures, digests, n_tokens, n_shingles, n_fingerprints = columns
    room, _ = rooms(spans)
    hashes, shingles, table = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(4 * room, np.uint64)
    starts, ends = np.empty(room, np.int32), np.empty(room, np.int32)
    out, used = np.empty(1024, np.uint64), 0
    for d in range(len(spans)):
        n = tokenise(data[spans[d, 0] : spans[d, 1]], tables, hashes, starts, ends)
        n_tokens[d] = n
        digests[d] = sequence_digest(hashes, n)
        n = distinct(shingles, shingle(hashes, n, shingles), table)
        n_shingles[d] = n
        minhash(shingles, n, maps[0], maps[1], signatures[d])
        before = used
        out, used = sample(shingles, n, out, used)
        n_fingerprints[d] = used - before
    return out[:used]


@jit
def sets_slice(data: NDArray[np.uint8], spans: NDArray[np.int64], tables: Any, sizes: NDArray[np.int64]) -> U64:
    """Return the sorted distinct shingles of documents, one after the other; `spans`, shape (n, 2), are their bytes."""
    room, total = rooms(spans)
    hashes, scratch = np.empty(room, np.uint64), np.empty(room, np.uint64)
    starts, ends = np.empty(room, np.int32), np.empty(room, np.int32)
    buckets = np.empty(2 * room + 2, np.int64)
    out, used = np.empty(total, np.uint64), 0  # memory that is never written is never taken
    for d in range(len(spans)):
        n = tokenise(data[spans[d, 0] : spans[d, 1]], tables, hashes, starts, ends)
        own = out[used:]
        n = sort_distinct(own, shingle(hashes, n, own), scratch, buckets)
        sizes[d] = n
        used += n
    return out[:used]


@jit
def streams_slice(
    data: NDArray[np.uint8], spans: NDArray[np.int64], tables: Any, sizes: NDArray[np.int64]
) -> tuple[U64, U64, NDArray[np.int32], NDArray[np.int32]]:
    """Return tokens, shingles, starts and ends of documents, one after the other, each with a place for every token."""
    _, total = rooms(spans)
    hashes, shingles = np.empty(total, np.uint64), np.empty(total, np.uint64)
    starts, ends = np.empty(total, np.int32), np.empty(total, np.int32)
    used = 0
    for d in range(len(spans)):
        n = tokenise(data[spans[d, 0] : spans[d, 1]], tables, hashes[used:], starts[used:], ends[used:])
        count = shingle(hashes[used:], n, shingles[used:])
        shingles[used + count : used + n] = _ZERO
        sizes[d] = n
        used += n
    return hashes[:used], shingles[:used], starts[:used], ends[:used]
