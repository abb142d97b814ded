"""The one place that says how kernels are compiled.

Kernels are cached on disk, release the GIL and use plain threads over slices of documents, never Numba's own thread
pool: its layers are not fork-safe and not re-entrant, and a library must work inside anybody's threads. Numba refuses
`cache=True` at decoration time where it finds no writable place (a read-only install without a writable home); then
the kernel is compiled once per process instead. A cache that fills up or goes away later costs the same, not the call:
without that, a full disk would come up as an error of whatever kernel happened to be compiled first.

A cached kernel is taken for current while its own file is: Numba does not look at the files of kernels that it calls.
So a kernel calls only kernels of its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def jit(function: F) -> F:
    """Compile a kernel on its first call; cached on disk where there is a place for it, without the GIL."""
    try:
        return cast(F, _forgiving(numba.njit(cache=True, nogil=True)(function)))
    except RuntimeError:  # "cannot cache function: no locator available"
        return cast(F, numba.njit(nogil=True)(function))


def _forgiving(kernel: Any) -> Any:
    """Let a kernel run where its cache cannot be read or written when it comes to it."""
    cache = getattr(kernel, "_cache", None)  # a plain function where NUMBA_DISABLE_JIT is set
    if cache is not None:
        cache.load_overload = _suppressing(cache.load_overload)
        cache.save_overload = _suppressing(cache.save_overload)
    return kernel


def _suppressing(method: Callable[..., object]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        with suppress(OSError):
            return method(*arguments)
        return None

    return call
