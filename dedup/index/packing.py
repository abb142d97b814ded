"""How a text's shingle set and its postings are packed; kernels.

A **record** is the set of a text's distinct shingles: of each 64-bit hash the upper 46 bits and the lowest 2, which say
whether it is a fingerprint; sorted, as five low bytes each and a bitmap of `256 + n` bits that says how many there are
of each top byte (Elias-Fano with whole bytes; Vigna 2013, Quasi-succinct indices). Two different shingles of a pair of
texts of 430 words are taken for one with a chance of 430 * 430 / 2 ** 48, 7 in 10 ** 10; of two of 5,000 words, 9 in
10 ** 8. So of a million pairs of news one figure may be off by one with a chance of 1 in 1,500.

A **posting** is the upper 32 bits of a key (a fingerprint, the key of a band, a digest, the hash of an id) and the
number of a document, `key << 32 | number`. Two keys that meet by that are one meeting too many, which verification
throws out, never one too few.

A **list** of a segment packs the postings of documents whose numbers lie in a range of `n` into 4 bytes each: with
`bits = ceil(log2(n))` there are `2 ** bits` buckets by the key's first bits; an entry is the other `32 - bits` bits of
the key and `bits` bits of the number within the range. So keys have 32 bits in every segment, and merging loses none.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_PART = 1 << 21
"""Postings that are merged at a time: 16 MB."""
_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_ONE = np.uint64(1)
_HEAD = 4
"""Bytes of a record before the bitmap: the number of shingles."""
_TWO_BYTES = np.uint64(0xFFFF)
_ONES = np.array([byte.bit_count() for byte in range(256)])
"""Bits that are set in a byte."""


@jit
def cut(value: np.uint64) -> np.uint64:
    """Return the 48 bits that a record keeps of a shingle's hash."""
    return value >> np.uint64(18) << np.uint64(2) | value & np.uint64(3)


@jit
def cut_set(shingles: U64) -> U64:
    """Return what a record keeps of a set, sorted."""
    out = np.empty(len(shingles), np.uint64)
    for i in range(len(shingles)):
        out[i] = cut(shingles[i])
    out.sort()
    return out


def record_sizes(n_shingles: I64) -> I64:
    """Return the bytes of the records of sets of so many shingles."""
    return _HEAD + (n_shingles + 256 + 7) // 8 + 5 * n_shingles


@jit
def pack_records(shingles: U64, sizes: I64, out: U8) -> None:
    """Write the records of sets of so many shingles, one after the other."""
    at, taken = 0, 0
    for n in sizes:
        values = cut_set(shingles[taken : taken + n])
        taken += n
        for i in range(_HEAD):
            out[at + i] = (n >> (8 * i)) & 255
        at += _HEAD
        low = at + ((n + 256 + 7) >> 3)
        out[at:low] = 0
        for i in range(n):
            bit = np.int64(values[i] >> np.uint64(40)) + i
            out[at + (bit >> 3)] |= np.uint8(1 << (bit & 7))
            for each in range(5):
                out[low + each] = np.uint8((values[i] >> np.uint64(8 * each)) & np.uint64(255))
            low += 5
        at = low


@jit
def unpack_record(data: U8, at: Any) -> U64:
    """Return the set of the record that starts at a byte."""
    n: Any = 0
    for i in range(_HEAD):
        n |= np.int64(data[at + i]) << (8 * i)
    at += _HEAD
    low, bit = at + ((n + 256 + 7) >> 3), 0
    out = np.empty(n, np.uint64)
    for i in range(n):
        while not data[at + (bit >> 3)] >> (bit & 7) & 1:
            bit += 1
        value = np.uint64(bit - i) << np.uint64(40)
        bit += 1
        for each in range(5):
            value |= np.uint64(data[low + each]) << np.uint64(8 * each)
        low += 5
        out[i] = value
    return out


@jit
def count_shared(own: U64, data: U8, starts: I64, shared: I64, sizes: I64) -> None:
    """Count what each record that starts at `starts` has in common with the cut, sorted set `own`, and its size.

    Most of what is compared shares little: so of each value the two lowest bytes are looked up first, in a table of
    those that `own` has, and its top byte is only read where they are there.
    """
    there = np.zeros(1 << 13, np.uint8)
    for value in own:
        there[np.int64(value & _TWO_BYTES) >> 3] |= np.uint8(1 << np.int64(value & np.uint64(7)))
    for row in range(len(starts)):
        at: Any = starts[row]
        n: Any = 0
        for i in range(_HEAD):
            n |= np.int64(data[at + i]) << (8 * i)
        at += _HEAD
        low = at + ((n + 256 + 7) >> 3)
        mine, found, ones = 0, 0, 0
        for i in range(n):
            place = low + 5 * i
            pair = np.int64(data[place]) | np.int64(data[place + 1]) << 8
            if not there[pair >> 3] >> (pair & 7) & 1:
                continue
            while ones + _ONES[data[at]] <= i:  # the byte of the bitmap that has the bit of this value
                ones += _ONES[data[at]]
                at += 1
            bit, left = 0, i - ones
            while left or not data[at] >> bit & 1:
                left -= data[at] >> bit & 1
                bit += 1
            value = np.uint64(8 * (at - starts[row] - _HEAD) + bit - i) << np.uint64(40)
            for each in range(5):
                value |= np.uint64(data[place + each]) << np.uint64(8 * each)
            while mine < len(own) and own[mine] < value:
                mine += 1
            if mine == len(own):
                break
            if own[mine] == value:
                found += 1
                mine += 1
        shared[row], sizes[row] = found, n


@jit
def lower_bound(entries: U32, first: Any, end: Any, wanted: Any) -> Any:
    """Return the place of the first entry in a range that is not below a value."""
    while first < end:
        middle = (first + end) >> 1
        if np.uint64(entries[middle]) < wanted:
            first = middle + 1
        else:
            end = middle
    return first


@jit
def reach(entries: U32, first: Any, end: Any, wanted: Any) -> Any:
    """Return what `lower_bound` does, by steps that grow: fast where it is not far from the first."""
    step = 1
    while first + step < end and np.uint64(entries[first + step]) < wanted:
        first += step + 1
        step *= 2
    return lower_bound(entries, first, min(end, first + step), wanted)


@jit
def reach_back(entries: U32, first: Any, end: Any, wanted: Any) -> Any:
    """Return what `lower_bound` does, by steps that grow: fast where it is not far from the end."""
    step = 1
    while end - step >= first and np.uint64(entries[end - step]) >= wanted:
        end -= step
        step *= 2
    return lower_bound(entries, max(first, end - step + 1), end, wanted)


@jit
def expected(wanted: Any, first: Any, end: Any) -> Any:
    """Return where an entry should stand in a bucket, if the entries lie evenly."""
    return first + np.int64(wanted * np.uint64(max(end - first, 0)) >> _S32)


@jit
def bounds_of(starts: U32, bucket: Any, entries: U32) -> tuple[Any, Any]:
    """Return where a bucket starts and ends, never outside the entries, whatever a damaged file says."""
    n = len(entries)
    return min(np.int64(starts[bucket]), n), min(np.int64(starts[bucket + 1]), n)


@jit
def locate(keys: U32, entries: U32, starts: U32, bits: int, low: I64, high: I64) -> None:
    """Write of each key where its entries start and end; an offset that is damaged leads nowhere.

    Hashes lie evenly: in its bucket a key is looked for where it should be, and on from there. What is read comes from
    anywhere in a large file: so it is read for all keys, and then again for all, and the waits for memory overlap.
    """
    for i in range(len(keys)):
        low[i], high[i] = bounds_of(starts, np.int64(np.uint64(keys[i]) >> np.uint64(32 - bits)), entries)
    there = np.empty(len(keys), np.bool_)
    for i in range(len(keys)):
        wanted = (np.uint64(keys[i]) << np.uint64(bits)) & _LOW
        guess = expected(wanted, low[i], high[i])
        there[i] = guess < high[i] and np.uint64(entries[guess]) < wanted
    for i in range(len(keys)):
        wanted, first, end = (np.uint64(keys[i]) << np.uint64(bits)) & _LOW, low[i], high[i]
        guess = expected(wanted, first, end)
        first = reach(entries, guess + 1, end, wanted) if there[i] else reach_back(entries, first, guess, wanted)
        beyond = wanted + (_ONE << np.uint64(bits))
        low[i] = high[i] = first
        if first < end and np.uint64(entries[first]) < beyond:
            high[i] = reach(entries, first + 1, end, beyond)


@jit
def holds(keys: U32, numbers: I64, entries: U32, starts: U32, bits: int, first: int) -> int:
    """Count the postings of keys and documents that are in a list."""
    found = 0
    for i in range(len(keys)):
        key = np.uint64(keys[i])
        wanted = (key << np.uint64(bits)) & _LOW | np.uint64(numbers[i] - first)
        low, end = bounds_of(starts, np.int64(key >> np.uint64(32 - bits)), entries)
        low = lower_bound(entries, low, end, wanted)
        found += low < end and np.uint64(entries[low]) == wanted
    return found


@jit
def prints_of(values: U64, small: int) -> U32:
    """Return the upper 32 bits of the fingerprints among a set as a record keeps it, of a short text all."""
    out, n = np.empty(len(values), np.uint32), 0
    for value in values:
        if len(values) < small or value & np.uint64(3) == np.uint64(0):
            out[n] = np.uint32(value >> np.uint64(16))
            n += 1
    return out[:n]


@jit
def numbers_of(entries: U32, bits: int, first: int, low: I64, high: I64, numbers: I64, which: I64) -> None:
    """Write the documents of the entries of each key, and the place of the key."""
    n = 0
    for i in range(len(low)):
        for k in range(low[i], high[i]):
            numbers[n] = first + np.int64(np.uint64(entries[k]) & (_ONE << np.uint64(bits)) - _ONE)
            which[n] = i
            n += 1


@jit
def unpack(entries: U32, starts: U32, bits: int, first: int, buckets: tuple[int, int], dead: I64, out: U64) -> int:
    """Write the postings of a range of buckets but those of the documents in `dead`, sorted; return how many."""
    n = 0
    for bucket in range(buckets[0], buckets[1]):
        high = np.uint64(bucket) << np.uint64(32 - bits)
        for i in range(starts[bucket], starts[bucket + 1]):
            entry = np.uint64(entries[i])
            number = np.uint64(first) + (entry & (_ONE << np.uint64(bits)) - _ONE)
            if len(dead):
                place = np.searchsorted(dead, np.int64(number))
                if place < len(dead) and dead[place] == np.int64(number):
                    continue
            out[n] = (high | entry >> np.uint64(bits)) << _S32 | number
            n += 1
    return n


@jit
def pack(postings: U64, bits: int, first: int, bucket: int, entries: U32, sizes: I64) -> None:
    """Pack sorted postings into entries, and count them by bucket from `bucket` on."""
    for i in range(len(postings)):
        key = postings[i] >> _S32
        number = (postings[i] & _LOW) - np.uint64(first)
        entries[i] = np.uint32((key << np.uint64(bits)) & _LOW | number)
        sizes[np.int64(key >> np.uint64(32 - bits)) - bucket] += 1


class Listed(NamedTuple):
    """One list of a segment."""

    entries: U32
    starts: U32
    """Shape (2 ** bits + 1,): where the entries of each bucket start, and the end."""
    bits: int
    first: int
    """The number from which documents are counted."""


def bits_of(documents: int) -> int:
    """Return how many bits tell the documents of a range apart."""
    return max(documents - 1, 0).bit_length()


def key_of_id(id: str) -> int:
    """Return the 32 bits that stand for an id."""
    return zlib.crc32(id.encode("utf-8", "surrogatepass"))


def postings_of(keys: NDArray[Any], numbers: I64) -> U64:
    """Return sorted postings of 64-bit keys, each once."""
    result = (keys >> _S32 << _S32) | numbers.astype(np.uint64)
    result.sort()
    kept = np.diff(result, prepend=result[:1] ^ _ONE) != 0
    return np.asarray(result[kept])  # two keys of a document can share 32 bits


def pack_list(postings: U64, first: int, documents: int) -> Listed:
    """Pack the sorted postings of a range of documents."""
    bits = bits_of(documents)
    entries, sizes = np.empty(len(postings), np.uint32), np.zeros(1 << bits, np.int64)
    pack(postings, bits, first, 0, entries, sizes)
    return Listed(entries, _starts_of([sizes]), bits, first)


def _starts_of(sizes: list[I64]) -> U32:
    return np.concatenate([np.zeros(1, np.uint32), np.cumsum(np.concatenate(sizes)).astype(np.uint32)])


def merge(parts: list[Listed], first: int, documents: int, dead: I64, write: Callable[[U32], None]) -> Listed:
    """Merge lists of ascending ranges into one of the range of `documents` from `first` on.

    Entries go to `write` some at a time, and are not in the result; those of the documents in `dead` are left out.
    """
    bits = bits_of(documents)
    total = sum(len(part.entries) for part in parts)
    by = min(*(part.bits for part in parts), bits, max(total // _PART, 1).bit_length())
    sizes = []
    for number in range(1 << by):
        ranges = [(number << part.bits - by, number + 1 << part.bits - by) for part in parts]
        room = sum(int(part.starts[b]) - int(part.starts[a]) for part, (a, b) in zip(parts, ranges, strict=True))
        postings, n = np.empty(room, np.uint64), 0
        for part, own in zip(parts, ranges, strict=True):
            n += unpack(part.entries, part.starts, part.bits, part.first, own, dead, postings[n:])
        postings = postings[:n]
        postings.sort()
        entries, counts = np.empty(n, np.uint32), np.zeros(1 << bits - by, np.int64)
        pack(postings, bits, first, number << bits - by, entries, counts)
        write(entries)
        sizes.append(counts)
    return Listed(np.empty(0, np.uint32), _starts_of(sizes), bits, first)
