"""The machine that a scan runs on: cores, memory, versions of libraries."""

from __future__ import annotations

import os
import resource
import sys
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("newsdedup", "numpy", "numba", "scikit-learn", "selectolax", "datasketch", "msgspec")


def available() -> int:
    """Count the cores this process may run on, which a container may set below the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that results depend on."""
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a source tree that was never installed
            found[name] = "unknown"
    return found


def peak_memory_mb() -> float:
    """Return the most memory that this process, or one that it started, has held, in megabytes."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
