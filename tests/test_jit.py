"""The policy for kernels: cached where there is a place for it, compiled all the same where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import numba.core.caching as caching
if {blocked}:  # as on a read-only install without a writable home: no locator finds a place
    caching.CacheImpl._locator_classes = []
    for kind in (caching.CompileResultCacheImpl, caching.CodeLibraryCacheImpl):
        kind._locator_classes = []
from dedup import sketch
from dedup.sketch import kernels
found = sketch.sketch(sketch.pack(["one two three four five six"] * 9), workers=2)
print(found.n_shingles.tolist(), type(kernels.sketch_slice._cache).__name__)
"""


def run(blocked: bool, cache: Path) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(blocked=blocked)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_kernels_run_where_nothing_can_be_cached(tmp_path):
    assert run(True, tmp_path) == f"{[2] * 9} NullCache"
    assert not list(tmp_path.rglob("*.nbi"))


def test_kernels_are_cached_where_they_can_be(tmp_path):
    assert run(False, tmp_path) == f"{[2] * 9} FunctionCache"
    assert list(tmp_path.rglob("*.nbi"))


def test_an_error_in_a_kernel_s_definition_is_not_swallowed():
    from dedup._jit import jit

    with pytest.raises(TypeError):
        jit(3)  # type: ignore[type-var]
