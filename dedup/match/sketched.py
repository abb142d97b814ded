"""What matching needs of every document of a corpus, on disk: shingles, fingerprints, band keys, a few numbers.

Sketches are added in the order of the documents, as many at a time as there are; signatures are cut into bands and
forgotten. A folder that was finished (`save`) can be opened again.
"""

from __future__ import annotations

import shutil
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import map_file
from dedup.match import bands
from dedup.sketch import PERMUTATIONS, Sketches

_COLUMNS = ("digests", "n_tokens", "n_shingles", "n_prints")
_FILES = ("prints", "sets", "bands")
_NUMBERS = "columns.npz"


class Sketched:
    """Sketches of a corpus in a folder.

    Parameters
    ----------
    folder
        Where they stand, or will.
    min_jaccard
        The Jaccard similarity at which near copies are wanted: the bands depend on it.
    """

    def __init__(self, folder: Path, min_jaccard: float) -> None:
        self.folder = folder
        self._shape = bands.parameters(min_jaccard, PERMUTATIONS)
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._columns: dict[str, NDArray[Any]] = {}
        self._files: list[IO[bytes]] = []

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.digests)

    def clear(self) -> Sketched:
        """Make the folder, with nothing in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Open until `save`: who adds while others compute waits for them at each call to the system.
        self._files = [(self.folder / name).open("wb") for name in _FILES]
        self._parts = []
        return self

    def add(self, sketches: Sketches) -> None:
        """Take in the next documents."""
        numbers = (sketches.digests, sketches.n_tokens, sketches.n_shingles, np.diff(sketches.offsets))
        kinds = (np.uint64, np.int32, np.int32, np.int32)
        self._parts.append(
            {name: column.astype(kind) for name, column, kind in zip(_COLUMNS, numbers, kinds, strict=True)}
        )
        keys = bands.band_keys(sketches.signatures, *self._shape)
        for file, values in zip(self._files, (sketches.fingerprints, sketches.shingles, keys), strict=True):
            file.write(values.data)

    def save(self) -> Sketched:
        """Write the numbers, the last of what `load` reads."""
        for file in self._files:
            file.close()
        parts = self._parts or [dict.fromkeys(_COLUMNS, np.empty(0, np.uint64))]
        columns: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}
        np.savez(self.folder / _NUMBERS, **columns)
        self._parts = []
        return self.load()

    def drop(self) -> None:
        """Delete all but the numbers: what is only there to be matched is most of a scan's disk."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != _NUMBERS:
                path.unlink()
        for name in ("prints", "sets", "bands"):
            self.__dict__.pop(name, None)  # a file that is mapped keeps its room

    def load(self) -> Sketched:
        """Read what was saved."""
        with np.load(self.folder / _NUMBERS, allow_pickle=False) as file:
            self._columns = {name: file[name] for name in _COLUMNS}
        return self

    @property
    def digests(self) -> NDArray[np.uint64]:
        """Hash of each document's tokens, shape (documents,)."""
        return self._columns["digests"]

    @property
    def n_tokens(self) -> NDArray[np.int32]:
        """Tokens of each document."""
        return self._columns["n_tokens"]

    @property
    def n_shingles(self) -> NDArray[np.int32]:
        """Distinct shingles of each document."""
        return self._columns["n_shingles"]

    @property
    def n_prints(self) -> NDArray[np.int32]:
        """Fingerprints of each document."""
        return self._columns["n_prints"]

    @cached_property
    def prints(self) -> NDArray[np.uint64]:
        """Fingerprints of all documents, one after the other, each in the order of its text; mapped."""
        return map_file(self.folder / "prints", np.uint64)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Shape (documents + 1,): where the fingerprints of each start, and the end."""
        return _offsets(self.n_prints)

    @cached_property
    def sets(self) -> NDArray[np.uint64]:
        """Distinct shingles of all documents, one after the other; mapped."""
        return map_file(self.folder / "sets", np.uint64)

    @cached_property
    def set_offsets(self) -> NDArray[np.int64]:
        """Shape (documents + 1,): where the shingles of each start, and the end."""
        return _offsets(self.n_shingles)

    @cached_property
    def bands(self) -> NDArray[np.uint64]:
        """Keys of the bands, shape (documents, bands); mapped."""
        return map_file(self.folder / "bands", np.uint64).reshape(len(self), -1)


def _offsets(sizes: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
