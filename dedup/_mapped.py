"""Files of numbers as arrays: their pages come from the disk when they are read, and can be let go again."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Pages between two parts that are read as one.
_GAP = 4


def map_file(path: Path, kind: type[np.generic], mode: Any = "r") -> NDArray[Any]:
    """Return a file of numbers as an array; `r` reads only, `r+` also writes to the file."""
    if not path.stat().st_size:
        return np.empty(0, kind)
    return np.asarray(np.memmap(path, kind, mode))


def will_need(array: NDArray[Any], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """Have parts of a mapped array, in ascending order, read from the disk meanwhile, many at once and nothing else.

    A page that is missing where it is read brings 128 KB with it, and each is waited for: of a file that is larger than
    memory, read here and there, that is most of what the disk does.
    """
    mapping = _mapping(array)
    if mapping is None or not len(starts) or not hasattr(mmap, "MADV_WILLNEED"):
        return
    mapping.madvise(mmap.MADV_RANDOM)
    first, last = starts * array.itemsize // mmap.PAGESIZE, -(-ends * array.itemsize // mmap.PAGESIZE)
    cuts = np.flatnonzero(first[1:] > last[:-1] + _GAP) + 1
    for start, end in zip(
        first[np.append(0, cuts)].tolist(), last[np.append(cuts, len(last)) - 1].tolist(), strict=True
    ):
        mapping.madvise(mmap.MADV_WILLNEED, start * mmap.PAGESIZE, (end - start) * mmap.PAGESIZE)


def release(array: NDArray[Any]) -> None:
    """Let the pages of a mapped array go from this process's memory; an array that is not mapped stays as it is."""
    mapping = _mapping(array)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)


def _mapping(array: NDArray[Any]) -> mmap.mmap | None:
    base: object = array
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    mapping = getattr(base, "_mmap", None)
    return mapping if isinstance(mapping, mmap.mmap) else None
