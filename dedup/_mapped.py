"""Files of numbers as arrays: their pages come from the disk when they are read, and can be let go again."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def map_file(path: Path, kind: type[np.generic], mode: Any = "r") -> NDArray[Any]:
    """Return a file of numbers as an array; `r` reads only, `r+` also writes to the file."""
    if not path.stat().st_size:
        return np.empty(0, kind)
    return np.asarray(np.memmap(path, kind, mode))


def release(array: NDArray[Any]) -> None:
    """Let the pages of a mapped array go from this process's memory; an array that is not mapped stays as it is."""
    base: object = array
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    mapping = getattr(base, "_mmap", None)
    if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)
