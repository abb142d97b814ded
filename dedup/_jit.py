"""The one place that says how kernels are compiled.

Kernels are cached on disk, release the GIL and use plain threads over slices of documents, never Numba's own thread
pool: its layers are not fork-safe and not re-entrant, and a library must work inside anybody's threads. Numba refuses
`cache=True` at decoration time where it finds no writable place (a read-only install without a writable home); then
the kernel is compiled once per process instead.

A cached kernel is taken for current while its own file is: Numba does not look at the files of kernels that it calls.
So a kernel calls only kernels of its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def jit(function: F) -> F:
    """Compile a kernel on its first call; cached on disk where there is a place for it, without the GIL."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available"
        return cast(F, numba.njit(nogil=True)(function))
