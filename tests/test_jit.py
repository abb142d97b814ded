"""The policy for kernels: cached where there is a place for it, compiled all the same where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import numba.core.caching as caching
if "{state}" == "full":
    def save(self, key, data):
        raise OSError(28, "No space left on device")
    caching.IndexDataCacheFile.save = save
if "{state}" == "gone":  # as on a read-only install without a writable home: no locator finds a place
    caching.CacheImpl._locator_classes = []
    for kind in (caching.CompileResultCacheImpl, caching.CodeLibraryCacheImpl):
        kind._locator_classes = []
import numpy as np
from dedup.cluster import head_linked, heads
kernel = heads.take_neighbours
kind = type(getattr(kernel, "_cache", kernel)).__name__
print(head_linked(3, np.array([0]), np.array([2]), np.arange(3)).tolist(), kind)
"""


def run(state: str, cache: Path, **extra: str) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT), **extra}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(state=state)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_kernels_run_where_nothing_can_be_cached(tmp_path):
    assert run("gone", tmp_path) == "[0, 1, 0] NullCache"
    assert not list(tmp_path.rglob("*.nbi"))


def test_kernels_are_cached_where_they_can_be(tmp_path):
    assert run("fine", tmp_path) == "[0, 1, 0] FunctionCache"
    assert list(tmp_path.rglob("*.nbi"))


def test_kernels_run_where_the_disk_is_full(tmp_path):
    assert run("full", tmp_path) == "[0, 1, 0] FunctionCache"
    assert not list(tmp_path.rglob("*.nbi"))


def test_kernels_run_without_compiling(tmp_path):
    assert run("fine", tmp_path, NUMBA_DISABLE_JIT="1") == "[0, 1, 0] function"


def test_an_error_in_a_kernel_s_definition_is_not_swallowed():
    from dedup._jit import jit

    with pytest.raises(TypeError):
        jit(3)  # type: ignore[type-var]
