"""Which documents carry a key: posting lists of the keys that several documents have.

Of the singles, the fingerprints themselves, those in up to `RARE` documents have their list. A more common one is a set
phrase, a template, a quote that everyone carries: expanding it would be quadratic. It counts only together with the
fingerprint that follows it in the text (a `chain`), which documents share that copied more than the phrase; chains and
LSH bands have lists whatever their length. How the longest of these are read is `count`'s matter: up to `full`
documents all meet; in a longer list each document meets the best-ranked ones (hubs) and its neighbours in an order by
content.

`full` is what a budget allows: the lists are taken from the shortest on until `MEETINGS` for each document of the
corpus are spent. So no corpus takes more than linear time, and one without large templates loses nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup._mapped import map_file
from dedup.match.keys import PARTITIONS, KeyFiles

RARE = 64
"""In 37,554 English articles 99,000 of 9.2 million fingerprint entries stand in more than 64 documents, but they would
make 87 % of all meetings."""
LEAST_FULL, MOST_FULL = 64, 4096
"""A list of 4,096 makes 8.4 million pairs: beyond, nobody reads them."""
MEETINGS = 512
"""Meetings that long lists may cost for each document of the corpus: a microsecond or two of counting, and at the worst
as many pairs to verify."""
FREE_MEETINGS = 1 << 24
"""And in any case: a story that 600 carry has 14 million, counted in a twentieth of a second."""
HUBS = 8
"""Best-ranked documents of a longer list, which all others meet. One would do where the list is one story; eight let
those find a head that share the list and are still no copies of the first."""
NEIGHBOURS = 8
"""Documents before and behind, in the order of salts, which each meets in a longer list."""

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
_ORDER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hash
_MIX, _S32 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)
_ONE, _ZERO = np.uint64(1), np.uint64(0)


class Postings(NamedTuple):
    """Lists of documents, those of rare singles first, then those of chains and bands."""

    members: U32
    """Documents, one list after the other; ascending in those of up to `full`, else hubs first, the rest by salt."""
    starts: I64
    """Shape (lists + 1,): where each starts, and the end."""
    singles: int
    """How many lists are of singles."""
    full: int
    """The longest list of chains and bands in which all documents meet."""


class Common(NamedTuple):
    """The keys of singles that stand in more than `RARE` documents, as a hash table; `count` looks them up too."""

    table: U64
    """Open addressing with linear probing, 0 where empty; a power of two, at most half full. Keys without the bits
    that `KeyFiles` cuts off."""
    documents: NDArray[np.int32]
    """Of the same shape: documents that carry the key; of identical ones only the first counts."""
    shift: np.uint64


@jit
def lists_of(words: U64, shift: np.uint64, chosen: NDArray[np.bool_], most: int, out: Any) -> tuple[int, int, int]:
    """Write the lists of 2 to `most` chosen documents of sorted words, and the keys of longer ones.

    `out` are members, sizes of the lists, longer keys and their numbers of documents; returned is how much of each.
    """
    members, sizes, keys, counts = out
    low = (_ONE << shift) - _ONE
    n_members, n_lists, n_keys, i = 0, 0, 0, 0
    while i < len(words):
        key, start = words[i] >> shift, n_members
        last = np.int64(-1)
        while i < len(words) and words[i] >> shift == key:
            document = np.int64(words[i] & low)
            if chosen[document] and document != last:
                members[n_members] = document
                n_members += 1
                last = document
            i += 1
        size = n_members - start
        if size > most:
            keys[n_keys], counts[n_keys] = key, size
            n_keys += 1
        if size < 2 or size > most:
            n_members = start
        else:
            sizes[n_lists] = size
            n_lists += 1
    return n_members, n_lists, n_keys


@jit
def insert(table: U64, documents: NDArray[np.int32], keys: U64, counts: NDArray[np.int32]) -> None:
    """Put keys into an empty table of a power of two, each with its number of documents."""
    last = len(table) - 1
    for k in range(len(keys)):
        place = np.int64(keys[k] * _ORDER >> _S32) & last
        while table[place] != _ZERO:
            place = (place + 1) & last
        table[place], documents[place] = keys[k], counts[k]


@jit
def look_up(table: U64, key: np.uint64) -> Any:
    """Return the place of a key in the table, -1 where it is not."""
    last = len(table) - 1
    place = np.int64(key * _ORDER >> _S32) & last
    while table[place] != _ZERO:
        if table[place] == key:
            return place
        place = (place + 1) & last
    return -1


@jit
def chain(one: np.uint64, other: np.uint64) -> np.uint64:
    """Return the key of two fingerprints that follow one another."""
    h = (one * _ORDER ^ other) * _MIX
    return (h ^ h >> _S32) * _ORDER


@jit
def write_chains(
    prints: U64,
    sizes: NDArray[np.int32],
    first: int,
    common: Common,
    sampled: np.uint64,
    small: int,
    many: int,
    out: Any,
) -> tuple[int, int]:
    """Write the chains of documents that start with a common fingerprint, and what each has of common ones.

    A small document carries all its shingles, others only those whose bits `sampled` are 0: so a small one is read
    twice, once like the others. `out` are the keys of chains and their documents, with room for two for each
    fingerprint; the sampled fingerprints in more than `many` documents; and of each document the number of common ones,
    and of those. Returned is how many chains there are, and fingerprints in many documents.
    """
    keys, owners, wide, n_common, n_wide = out
    n, w, start = 0, 0, 0
    for d in range(len(sizes)):
        end = start + sizes[d]
        before, before_sampled = _ZERO, _ZERO  # the fingerprint before, where it is common; 0 where not
        for k in range(start, end):
            value = prints[k]
            if before != _ZERO:
                keys[n], owners[n] = chain(before, value), first + d
                n += 1
            is_sampled = value & sampled == _ZERO
            apart = before_sampled != _ZERO and before_sampled != before  # noqa: PLR1714 - a tuple is slow here
            if sizes[d] < small and is_sampled and apart:
                keys[n], owners[n] = chain(before_sampled, value), first + d
                n += 1
            place = look_up(common.table, value >> common.shift)
            before = value if place >= 0 else _ZERO
            n_common[d] += place >= 0
            if is_sampled:
                before_sampled = before
                if place >= 0 and common.documents[place] > many:
                    wide[w] = value
                    w += 1
                    n_wide[d] += 1
        start = end
    return n, w


@jit
def arrange(members: U32, starts: I64, first: int, full: int, rank: I64, salts: U64) -> None:
    """Order the lists from `first` on that are longer than `full`: hubs by rank, then the rest by salt."""
    for own in range(first, len(starts) - 1):
        size = starts[own + 1] - starts[own]
        if size <= full:
            continue
        part = members[starts[own] : starts[own + 1]]
        keys = np.empty(size, np.int64)
        for i in range(size):
            keys[i] = rank[part[i]]
        part[:] = part[np.argsort(keys)]
        rest = part[HUBS:]
        content = np.empty(len(rest), np.uint64)
        for i in range(len(rest)):
            content[i] = salts[rest[i]]
        rest[:] = rest[np.argsort(content)]


@jit
def entries_of(members: U32, starts: I64, first: int, last: int, offsets: I64) -> U32:
    """Return the lists that documents from `first` to before `last` stand in, and write where each one's start."""
    offsets[:] = 0
    for document in members:
        if first <= document < last:
            offsets[document - first + 1] += 1
    for d in range(1, len(offsets)):
        offsets[d] += offsets[d - 1]
    out = np.empty(offsets[-1], np.uint32)
    for own in range(len(starts) - 1):
        for k in range(starts[own], starts[own + 1]):
            if first <= members[k] < last:  # a document's place moves from its start to its end
                place = members[k] - first
                out[offsets[place]] = own
                offsets[place] += 1
    for d in range(len(offsets) - 1, 0, -1):
        offsets[d] = offsets[d - 1]
    offsets[0] = 0
    return out


class ListFile:
    """Posting lists as they come, members on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: list[NDArray[np.int32]] = []
        path.write_bytes(b"")

    def __len__(self) -> int:
        return sum(map(len, self._sizes))

    def add(self, files: KeyFiles, chosen: NDArray[np.bool_], most: int, workers: int) -> tuple[U64, NDArray[np.int32]]:
        """Add the lists of all partitions, and return the keys of more than `most` documents and their numbers."""

        def lists(partition: int) -> tuple[U32, NDArray[np.int32], U64, NDArray[np.int32]]:
            words = files.take(partition)
            members, sizes = np.empty(len(words), np.uint32), np.empty(len(words) // 2 + 1, np.int32)
            keys, counts = np.empty(len(words) // most + 1, np.uint64), np.empty(len(words) // most + 1, np.int32)
            n_members, n_lists, n_keys = lists_of(words, files.shift, chosen, most, (members, sizes, keys, counts))
            return members[:n_members], sizes[:n_lists].copy(), keys[:n_keys].copy(), counts[:n_keys].copy()

        found = []
        with ThreadPoolExecutor(workers) as pool, self._path.open("ab") as file:
            for first in range(0, PARTITIONS, workers):  # as many in memory as there are workers
                for members, sizes, keys, counts in pool.map(lists, range(first, min(first + workers, PARTITIONS))):
                    file.write(members.data)
                    self._sizes.append(sizes)
                    found.append((keys, counts))
        files.clear()  # of those that never were on disk
        return np.concatenate([keys for keys, _ in found]), np.concatenate([counts for _, counts in found])

    def mapped(self) -> tuple[U32, I64]:
        """Return the members of all lists, on disk, and where each list starts, shape (lists + 1,)."""
        sizes = np.concatenate([np.empty(0, np.int32), *self._sizes])
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
        return map_file(self._path, np.uint32, "r+"), starts


def count_sizes(sizes: NDArray[Any]) -> I64:
    """Return how many lists have each size up to `MOST_FULL`, and last of all how many are longer."""
    return np.bincount(np.minimum(sizes, MOST_FULL + 1), minlength=MOST_FULL + 2)


def longest_full(counts: I64, n_documents: int) -> int:
    """Return the longest list in which all documents may meet (`MEETINGS`), given `count_sizes` of all lists."""
    each = np.arange(MOST_FULL + 1)
    spent = np.cumsum(counts[:-1] * (each * (each - 1) // 2))
    return max(LEAST_FULL, int(np.searchsorted(spent, FREE_MEETINGS + MEETINGS * n_documents, side="right")) - 1)


def hash_table(keys: U64, counts: NDArray[np.int32], shift: np.uint64) -> Common:
    """Make the table of common keys."""
    size = 1 << max(6, (2 * len(keys)).bit_length())
    table, documents = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    insert(table, documents, keys, counts)
    return Common(table, documents, shift)
