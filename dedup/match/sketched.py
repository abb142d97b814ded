"""What matching needs of every document of a corpus, on disk: fingerprints, keys by partition, a few numbers.

Sketches are added in the order of the documents, as many at a time as there are; signatures are cut into bands and
forgotten. A folder that was finished (`save`) can be opened again.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import map_file
from dedup.match import bands
from dedup.match.keys import KeyFiles
from dedup.sketch import PERMUTATIONS, Sketches

_COLUMNS = ("digests", "n_tokens", "n_shingles", "n_prints")


class Sketched:
    """Sketches of a corpus in a folder.

    Parameters
    ----------
    folder
        Where they stand, or will.
    n_documents
        How many there are.
    min_jaccard
        The Jaccard similarity at which near copies are wanted: the bands depend on it.
    """

    def __init__(self, folder: Path, n_documents: int, min_jaccard: float) -> None:
        self.folder = folder
        self.singles = KeyFiles(folder / "singles", n_documents)
        self.bands = KeyFiles(folder / "bands", n_documents)
        self._bands = bands.parameters(min_jaccard, PERMUTATIONS)
        self._prints, self._sets = folder / "prints", folder / "sets"
        self._filled = 0
        self.digests = np.zeros(n_documents, np.uint64)
        """Hash of each document's tokens, shape (documents,)."""
        self.n_tokens = np.zeros(n_documents, np.int32)
        self.n_shingles = np.zeros(n_documents, np.int32)
        """Distinct ones."""
        self.n_prints = np.zeros(n_documents, np.int32)
        """Fingerprints."""

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.digests)

    def clear(self) -> Sketched:
        """Make the folder, with nothing in it."""
        self.singles.clear()
        self.bands.clear()
        self._prints.write_bytes(b"")
        self._sets.write_bytes(b"")
        self._filled = 0
        return self

    def add(self, sketches: Sketches) -> None:
        """Take in the next documents."""
        first, rows = self._filled, slice(self._filled, self._filled + len(sketches))
        n_prints = np.diff(sketches.offsets)
        self.digests[rows], self.n_tokens[rows] = sketches.digests, sketches.n_tokens
        self.n_shingles[rows], self.n_prints[rows] = sketches.n_shingles, n_prints
        documents = np.arange(first, first + len(sketches))
        self.singles.add(sketches.fingerprints, np.repeat(documents, n_prints))
        keys = bands.band_keys(sketches.signatures, *self._bands)
        self.bands.add(keys.reshape(-1), np.repeat(documents, keys.shape[1]))
        for path, values in ((self._prints, sketches.fingerprints), (self._sets, sketches.shingles)):
            with path.open("ab") as file:
                values.tofile(file)
        self._filled += len(sketches)

    def save(self) -> None:
        """Write the numbers, the last of what `load` reads."""
        np.savez(self.folder / "columns.npz", **{name: getattr(self, name) for name in _COLUMNS})

    def load(self) -> Sketched:
        """Read what an earlier run saved."""
        with np.load(self.folder / "columns.npz", allow_pickle=False) as file:
            for name in _COLUMNS:
                getattr(self, name)[:] = file[name]
        self._filled = len(self)
        return self

    @cached_property
    def prints(self) -> NDArray[np.uint64]:
        """Fingerprints of all documents, one after the other, each in the order of its text; mapped."""
        return map_file(self._prints, np.uint64)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Shape (documents + 1,): where the fingerprints of each start, and the end."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.n_prints, dtype=np.int64)])

    @cached_property
    def sets(self) -> NDArray[np.uint64]:
        """Distinct shingles of all documents, one after the other; mapped."""
        return map_file(self._sets, np.uint64)

    @cached_property
    def set_offsets(self) -> NDArray[np.int64]:
        """Shape (documents + 1,): where the shingles of each start, and the end."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.n_shingles, dtype=np.int64)])
