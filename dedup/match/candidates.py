"""Candidate pairs of a corpus: posting lists of its keys, then the documents that meet in them, block by block."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import map_file, release
from dedup.match import rarity
from dedup.match.count import KINDS, U32, Room, candidates_of
from dedup.match.keys import KeyFiles
from dedup.match.need import Documents, Need
from dedup.match.postings import (
    RARE,
    Common,
    ListFile,
    Postings,
    arrange,
    count_sizes,
    entries_of,
    hash_table,
    longest_full,
    write_chains,
)
from dedup.match.sketched import Sketched
from dedup.match.words import write_words
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

I64 = NDArray[np.int64]

# Fingerprints read at a time in search of chains: 32 MB.
_CHUNK = 1 << 22
# Documents of a slice: milliseconds of work.
_SLICE = 1 << 6
# Bytes that the system maps for a document whose fingerprints are read. They are let go where they may be more than so
# many times the memory of a block, and never where all fingerprints are fewer. When it was done after each 16,
# three tenths of the CPU time of matching a million were the system's.
_A_LOOK, _WORDS = 1 << 16, 4
# Bytes that a document's stand in a list takes while its block is searched: its place, and room beside.
_AN_ENTRY = 8


def make_postings(held: Sketched, chosen: NDArray[np.bool_], rank: I64, workers: int) -> tuple[Postings, Documents]:
    """Make the posting lists of a corpus.

    Parameters
    ----------
    held
        Its sketches.
    chosen
        Documents to search among, shape (documents,).
    rank
        Of all documents: the lowest are the hubs of long lists.
    workers
        Threads.

    Returns
    -------
    postings
        Their members on disk.
    documents
        What is looked up of each document.
    """
    singles, bands, chains = (
        KeyFiles(held.folder / name, len(held)).clear() for name in ("singles", "in_bands", "chains")
    )
    for first, last in _chunks(held):
        own = np.arange(first, last)
        singles.add(held.prints[held.offsets[first] : held.offsets[last]], np.repeat(own, held.n_prints[first:last]))
        bands.add(held.bands[first:last].reshape(-1), np.repeat(own, held.bands.shape[1]))
        release(held.prints)
        release(held.bands)
    lists = ListFile(held.folder / "lists")
    common = hash_table(*lists.add(singles, chosen, RARE, workers), singles.shift)
    n_singles = len(lists)
    documents = _add_chains(held, common, chains, rarity.many(int(chosen.sum())))
    lists.add(chains, chosen, len(held) + 1, workers)
    lists.add(bands, chosen, len(held) + 1, workers)
    members, starts = lists.mapped()
    full = longest_full(count_sizes(np.diff(starts[n_singles:])), int(chosen.sum()))
    arrange(members, starts, n_singles, full, rank, held.digests)
    return Postings(members, starts, n_singles, full), documents


def _chunks(held: Sketched) -> Iterator[tuple[int, int]]:
    """Cut the documents into runs of some fingerprints."""
    first = 0
    while first < len(held):
        last = max(first + 1, int(np.searchsorted(held.offsets, held.offsets[first] + _CHUNK)) - 1)
        yield first, last
        first = last


def _add_chains(held: Sketched, common: Common, chains: KeyFiles, many: int) -> Documents:
    n_common, n_wide = np.zeros(len(held), np.int32), np.zeros(len(held), np.int32)
    tails, path = np.zeros(len(held), np.uint8), held.folder / "words"
    with path.open("wb") as file, ThreadPoolExecutor(1) as pool:
        for first, last in _chunks(held):
            prints = held.prints[held.offsets[first] : held.offsets[last]]
            keys, owners = np.empty(2 * len(prints), np.uint64), np.empty(2 * len(prints), np.int64)
            wide, own = np.empty(len(prints), np.uint64), slice(first, last)
            out = (keys, owners, wide, n_common[own], n_wide[own])
            n, w = write_chains(prints, held.n_prints[own], first, common, SAMPLE_MASK, ALL_BELOW, many, out)
            words, sets = np.empty(len(prints), np.uint32), held.sets[held.set_offsets[first] : held.set_offsets[last]]
            sizes = (held.n_prints[own], sets, held.n_shingles[own], wide[:w], n_wide[own])
            job = pool.submit(write_words, prints, *sizes, (words, tails[own]))
            chains.add(keys[:n], owners[:n])
            job.result()
            file.write(words.data)
            release(held.prints)
            release(held.sets)
    words = map_file(path, np.uint32)
    return Documents(words, held.offsets, held.n_shingles, n_common, held.digests, n_wide, tails)


def candidates(
    postings: Postings, documents: Documents, need: Need, *, workers: int, memory: int
) -> Generator[tuple[int, I64, I64, I64], None, None]:
    """Yield the candidates of some documents after the others.

    Parameters
    ----------
    postings, documents
        Of the corpus.
    need
        What is worth verifying.
    workers
        Threads; the result does not depend on them.
    memory
        Bytes for the lists of a block of documents; nor on these.

    Yields
    ------
    int
        How many documents these are.
    a, b
        Candidates, ``a < b``, sorted.
    common
        How much of what they share is in much of the corpus (`count.commonness`).
    """
    total = len(documents.n_shingles)
    span = max(1, min(total, total * memory // max(1, len(postings.members) * _AN_ENTRY)))
    rooms = _rooms(documents, workers)
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, total, span):
            last = min(total, first + span)
            offsets = np.empty(last - first + 1, np.int64)
            entries = entries_of(postings.members, postings.starts, first, last, offsets)
            release(postings.members)
            slices = [(start, min(last, start + _SLICE)) for start in range(first, last, _SLICE)]
            found = np.zeros(last - first, np.int64)

            def search(own: tuple[int, int], first: int = first, block: Any = (offsets, entries, found)) -> U32:
                start, end = own[0] - first, own[1] - first
                offsets, entries, found = block
                room = rooms.get()
                try:
                    own_offsets, own_found = offsets[start : end + 1], found[start:end]
                    return candidates_of(own[0], own_offsets, entries, postings, documents, need, room, own_found)
                finally:
                    if documents.words.nbytes > _WORDS * memory < room.weighed[0] * _A_LOOK:
                        release(documents.words)
                        room.weighed[0] = 0
                    rooms.put(room)

            jobs = [pool.submit(search, own) for own in slices]
            try:
                for (start, end), job in zip(slices, jobs, strict=True):
                    later = job.result().astype(np.int64)
                    a = np.repeat(np.arange(start, end), found[start - first : end - first])
                    yield end - start, a, later // KINDS, later % KINDS
            finally:  # who stops does not wait for the slices that have not begun
                for job in jobs:
                    job.cancel()
            release(postings.members)


def _rooms(documents: Documents, workers: int) -> Queue[Room]:
    """Make room for counting, one for each thread."""
    total = len(documents.n_shingles)
    rooms: Queue[Room] = Queue()
    for _ in range(workers):
        counting = np.zeros(total, np.uint16), np.empty(total, np.uint32)
        rooms.put(Room(*counting, documents.room_for_hits(), np.zeros(1, np.int64)))
    return rooms
