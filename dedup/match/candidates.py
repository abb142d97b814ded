"""Candidate pairs of a corpus: posting lists of its keys, then the documents that meet in them, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import map_file, release
from dedup.match import rarity
from dedup.match.count import Documents, Need, candidates_of, entries_of
from dedup.match.keys import KeyFiles
from dedup.match.postings import (
    RARE,
    Common,
    ListFile,
    Postings,
    arrange,
    hash_table,
    longest_full,
    write_chains,
)
from dedup.match.sketched import Sketched
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

I64 = NDArray[np.int64]

# Fingerprints read at a time in search of chains: 32 MB.
_CHUNK = 1 << 22
# Documents of a block at most: what is reported as progress, and a fraction of a second.
_BLOCK = 1 << 16
# Slices of a block for each worker, so that one with long lists is not waited for.
_SLICES = 4


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
    lists = ListFile(held.folder / "lists")
    common = hash_table(*lists.add(held.singles, chosen, RARE, workers), held.singles.shift)
    singles = len(lists)
    chains = KeyFiles(held.folder / "chains", len(held)).clear()
    documents = _add_chains(held, common, chains, rarity.many(int(chosen.sum())))
    lists.add(chains, chosen, len(held) + 1, workers)
    lists.add(held.bands, chosen, len(held) + 1, workers)
    members, starts = lists.mapped()
    full = longest_full(np.diff(starts[singles:]), int(chosen.sum()))
    arrange(members, starts, singles, full, rank, held.digests)
    return Postings(members, starts, singles, full), documents


def _add_chains(held: Sketched, common: Common, chains: KeyFiles, many: int) -> Documents:
    n_common, n_wide = np.zeros(len(held), np.int32), np.zeros(len(held), np.int32)
    path = held.folder / "wide"
    first = 0
    with path.open("wb") as file:
        while first < len(held):
            last = max(first + 1, int(np.searchsorted(held.offsets, held.offsets[first] + _CHUNK)) - 1)
            prints = held.prints[held.offsets[first] : held.offsets[last]]
            keys, owners = np.empty(2 * len(prints), np.uint64), np.empty(2 * len(prints), np.int64)
            wide, own = np.empty(len(prints), np.uint64), slice(first, last)
            out = (keys, owners, wide, n_common[own], n_wide[own])
            n, w = write_chains(prints, held.n_prints[own], first, common, SAMPLE_MASK, ALL_BELOW, many, out)
            chains.add(keys[:n], owners[:n])
            wide[:w].tofile(file)
            first = last
            release(held.prints)
    wide_offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_wide, dtype=np.int64)])
    wide = map_file(path, np.uint64)
    return Documents(held.prints, held.offsets, held.n_shingles, n_common, held.digests, wide, wide_offsets)


def blocks(
    postings: Postings, documents: Documents, need: Need, workers: int, on_progress: Callable[[int], None]
) -> Iterator[tuple[I64, I64, NDArray[np.bool_]]]:
    """Yield the candidates of one block of documents after the other: A, the later B, sorted, and whether common."""
    total = len(documents.n_shingles)
    size = min(_BLOCK, max(1, -(-total // (workers * _SLICES))))
    span = size * workers * _SLICES
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, total, span):
            last = min(total, first + span)
            offsets = np.empty(last - first + 1, np.int64)
            entries = entries_of(postings.members, postings.starts, first, last, offsets)
            found = np.zeros(last - first, np.int64)
            jobs = [
                pool.submit(
                    candidates_of,
                    start,
                    offsets[start - first : start - first + size + 1],
                    entries,
                    postings,
                    documents,
                    need,
                    found[start - first : start - first + size],
                )
                for start in range(first, last, size)
            ]
            later = np.concatenate([job.result() for job in jobs]).astype(np.int64)
            yield np.repeat(np.arange(first, last), found), later >> 1, later & 1 == 1
            on_progress(last - first)
            release(postings.members)
            release(documents.prints)
