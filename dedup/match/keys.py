"""Keys of documents on disk, in partitions by their high bits: what stands in one partition meets in no other.

A key and its document go into one 64-bit word, the document in the low bits. What does not fit of a key is cut off; two
keys that meet by that make a candidate too many, which verification throws out, never one too few. A partition is read
back whole and sorted, so the sort is a radix pass on disk and a comparison sort in memory (Knuth, The Art of Computer
Programming 5.4.9), and memory is that of one partition, not of the corpus.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

_BITS = 6
PARTITIONS = 1 << _BITS
"""Five million documents of 430 words, with a quarter of their shingles, take 80 MB each."""
_PARTITION_SHIFT = np.uint64(64 - _BITS)

_IN_MEMORY = 1 << 27
"""Bytes that wait to be written: making, opening and deleting the files of 64 partitions takes longer than the work on
less."""

U64 = NDArray[np.uint64]


def document_bits(n_documents: int) -> np.uint64:
    """Return how many low bits of a word hold the document."""
    return np.uint64(max(1, (n_documents - 1).bit_length()))


@jit
def scatter(keys: U64, documents: NDArray[np.int64], shift: np.uint64, ends: NDArray[np.int64], out: U64) -> None:
    """Write the words of keys by partition, and where each partition ends; `ends` has a place more than partitions."""
    ends[:] = 0
    for key in keys:
        ends[(key >> _PARTITION_SHIFT) + np.uint64(1)] += 1
    for partition in range(1, len(ends)):
        ends[partition] += ends[partition - 1]
    for k in range(len(keys)):  # a partition's place starts where the one before it ends, and moves to its own end
        partition = keys[k] >> _PARTITION_SHIFT
        out[ends[partition]] = keys[k] >> shift << shift | np.uint64(documents[k])
        ends[partition] += 1


class KeyFiles:
    """Words of keys and documents in a folder, one file a partition; few of them stay in memory.

    Parameters
    ----------
    folder
        Where they stand, or will.
    n_documents
        Documents that keys may belong to.
    """

    def __init__(self, folder: Path, n_documents: int) -> None:
        self.shift = document_bits(n_documents)
        self._folder = folder
        self._paths = [folder / f"{partition:02}" for partition in range(PARTITIONS)]
        self._waiting: list[tuple[list[int], U64]] = []
        """What was added and is not on disk: where each partition ends, and the words."""

    def clear(self) -> KeyFiles:
        """Make the folder; what stands there from an earlier run goes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            path.unlink()
        self._waiting = []
        return self

    def add(self, keys: U64, documents: NDArray[np.int64]) -> None:
        """Append keys with the document of each."""
        ends, words = np.empty(PARTITIONS + 1, np.int64), np.empty(len(keys), np.uint64)
        scatter(keys, documents, self.shift, ends, words)
        self._waiting.append((ends.tolist(), words))
        if sum(words.nbytes for _, words in self._waiting) > _IN_MEMORY:
            for partition, path in enumerate(self._paths):
                with path.open("ab") as file:
                    for part in self._parts(partition):
                        file.write(part.data)
            self._waiting = []

    def take(self, partition: int) -> U64:
        """Return the words of a partition, sorted; they go from the disk."""
        path = self._paths[partition]
        parts = [np.fromfile(path, np.uint64)] if path.exists() else []
        path.unlink(missing_ok=True)
        words = np.concatenate([np.empty(0, np.uint64), *parts, *self._parts(partition)])
        words.sort()
        return words

    def _parts(self, partition: int) -> list[U64]:
        return [words[ends[partition - 1] if partition else 0 : ends[partition]] for ends, words in self._waiting]
