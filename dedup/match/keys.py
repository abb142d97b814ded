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
    """Words of keys and documents in a folder, one file a partition.

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

    def clear(self) -> KeyFiles:
        """Make the folder and empty files; what stands there from an earlier run goes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._paths:
            path.write_bytes(b"")
        return self

    def add(self, keys: U64, documents: NDArray[np.int64]) -> None:
        """Append keys with the document of each."""
        ends, words = np.empty(PARTITIONS + 1, np.int64), np.empty(len(keys), np.uint64)
        scatter(keys, documents, self.shift, ends, words)
        start = 0
        for path, end in zip(self._paths, ends.tolist(), strict=False):
            if end > start:
                with path.open("ab") as file:
                    words[start:end].tofile(file)
            start = end

    def take(self, partition: int) -> U64:
        """Return the words of a partition, sorted; they go from the disk."""
        words = np.fromfile(self._paths[partition], np.uint64)
        self._paths[partition].unlink()
        words.sort()
        return words
