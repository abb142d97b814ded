"""How many cores this process may use."""

from __future__ import annotations

import os


def available() -> int:
    """Count the cores this process may run on, which a container may set below the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
