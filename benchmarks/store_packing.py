"""What every store of benchmarks/stores.py packs and counts in the same way; kernels.

A **record** is a document's metadata and shingle set: the upper 48 bits of its 64-bit shingle hashes, sorted, as five
low bytes each and a bitmap of `256 + n` bits that says how many there are of each top byte (Elias-Fano with whole
bytes; Vigna, Quasi-succinct indices, 2013). Two different shingles of a pair of 430-word documents are taken for
one with a chance of 430 * 430 / 2 ** 48, 7 in 10 ** 10.

A **posting** is the upper 32 bits of a fingerprint or band key and a document's number. A batch hands its postings over
sorted, `key << 32 | document`.

A **segment** packs the postings of `n` consecutive documents into 4 bytes each: with `bits = ceil(log2(n))` there are
`2 ** bits` buckets by the key's first bits; an entry is the other `32 - bits` bits of the key and the `bits` bits of
the document's number within the segment. So keys have 32 bits in every segment, and merging loses nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup._jit import jit

CUT = np.uint64(16)
"""Bits of a shingle's hash that a record leaves out."""
PART = 1 << 21
"""Postings that are merged at a time."""


@jit
def pack_records(shingles, sizes, metas, meta_offsets, out, offsets):
    """Write records one after the other into `out`, and where each starts and ends."""
    at, taken = 0, 0
    for row in range(len(sizes)):
        n = sizes[row]
        cut = np.sort(shingles[taken : taken + n] >> np.uint64(16))
        taken += n
        length = meta_offsets[row + 1] - meta_offsets[row]
        offsets[row] = at
        for i in range(4):
            out[at + i] = (n >> (8 * i)) & 255
        out[at + 4], out[at + 5] = length & 255, length >> 8
        at += 6
        out[at : at + length] = metas[meta_offsets[row] : meta_offsets[row + 1]]
        at += length
        low = at + ((n + 256 + 7) >> 3)
        out[at:low] = 0
        for i in range(n):
            value = cut[i]
            bit = np.int64(value >> np.uint64(40)) + i
            out[at + (bit >> 3)] |= np.uint8(1 << (bit & 7))
            for each in range(5):
                out[low + each] = np.uint8((value >> np.uint64(8 * each)) & np.uint64(255))
            low += 5
        at = low
    offsets[len(sizes)] = at
    return at


@jit
def count_shared(own, data, starts, shared):
    """Count what each record that starts at `starts` has in common with the sorted, cut hashes `own`."""
    for row in range(len(starts)):
        at = starts[row]
        n = 0
        for i in range(4):
            n |= np.int64(data[at + i]) << (8 * i)
        at += 6 + np.int64(data[at + 4]) + (np.int64(data[at + 5]) << 8)
        low = at + ((n + 256 + 7) >> 3)
        bit, mine, found = 0, 0, 0
        for i in range(n):
            while not data[at + (bit >> 3)] >> (bit & 7) & 1:
                bit += 1
            value = np.uint64(bit - i) << np.uint64(40)
            bit += 1
            for each in range(5):
                value |= np.uint64(data[low + each]) << np.uint64(8 * each)
            low += 5
            while mine < len(own) and own[mine] < value:
                mine += 1
            if mine == len(own):
                break
            if own[mine] == value:
                found += 1
                mine += 1
        shared[row] = found


@jit
def find(keys, entries, starts, bits, first, most, documents, which, n):
    """Append the documents of a segment that carry each key, at most so many, and the number of the key."""
    for i in range(len(keys)):
        key = np.uint64(keys[i])
        bucket = np.int64(key >> np.uint64(32 - bits))
        wanted = np.uint32((key << np.uint64(bits)) & np.uint64(0xFFFFFFFF))
        low, end = np.int64(starts[bucket]), np.int64(starts[bucket + 1])
        high = end
        while low < high:
            middle = (low + high) >> 1
            if entries[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        stop = min(end, low + most)
        while low < stop and (np.uint64(entries[low]) ^ np.uint64(wanted)) >> np.uint64(bits) == np.uint64(0):
            documents[n] = first + np.int64(np.uint64(entries[low]) & np.uint64((1 << bits) - 1))
            which[n] = i
            n += 1
            low += 1
    return n


@jit
def unpack(entries, starts, bits, first, start, end, out, n):
    """Append the postings of a segment's buckets, `key << 32 | document`."""
    for bucket in range(start, end):
        high = np.uint64(bucket) << np.uint64(32 - bits)
        for i in range(starts[bucket], starts[bucket + 1]):
            entry = np.uint64(entries[i])
            key = high | entry >> np.uint64(bits)
            out[n] = key << np.uint64(32) | np.uint64(first) + (entry & np.uint64((1 << bits) - 1))
            n += 1
    return n


@jit
def pack(postings, bits, first, bucket, entries, sizes):
    """Pack sorted postings into entries, and count them by bucket from `bucket` on."""
    for i in range(len(postings)):
        key = postings[i] >> np.uint64(32)
        document = (postings[i] & np.uint64(0xFFFFFFFF)) - np.uint64(first)
        entries[i] = np.uint32((key << np.uint64(bits)) & np.uint64(0xFFFFFFFF) | document)
        sizes[np.int64(key >> np.uint64(32 - bits)) - bucket] += 1


class Postings(NamedTuple):
    """One list of a segment."""

    entries: np.ndarray
    starts: np.ndarray
    bits: int
    first: int


def bits_of(documents: int) -> int:
    return max(documents - 1, 0).bit_length()


def pack_postings(postings: np.ndarray, first: int, documents: int) -> Postings:
    """Pack the sorted postings of a batch."""
    bits = bits_of(documents)
    entries, sizes = np.empty(len(postings), np.uint32), np.zeros(1 << bits, np.int64)
    pack(postings, bits, first, 0, entries, sizes)
    return Postings(entries, starts_of([sizes]), bits, first)


def starts_of(sizes: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(1, np.uint32), np.cumsum(np.concatenate(sizes)).astype(np.uint32)])


def merge(parts: list[Postings], documents: int, write) -> Postings:
    """Merge lists of consecutive documents; entries go to `write` some at a time, and are not in the result."""
    bits, first = bits_of(documents), parts[0].first
    total = sum(len(part.entries) for part in parts)
    cut = min(*(part.bits for part in parts), max(total // PART, 1).bit_length())
    sizes = []
    for number in range(1 << cut):
        ranges = [(number << part.bits - cut, number + 1 << part.bits - cut) for part in parts]
        room = sum(int(part.starts[b]) - int(part.starts[a]) for part, (a, b) in zip(parts, ranges, strict=True))
        postings, n = np.empty(room, np.uint64), 0
        for part, (a, b) in zip(parts, ranges, strict=True):
            n = unpack(part.entries, part.starts, part.bits, part.first, a, b, postings, n)
        postings.sort()
        entries, own = np.empty(room, np.uint32), np.zeros(1 << bits - cut, np.int64)
        pack(postings, bits, first, number << bits - cut, entries, own)
        write(entries)
        sizes.append(own)
    return Postings(np.empty(0, np.uint32), starts_of(sizes), bits, first)
