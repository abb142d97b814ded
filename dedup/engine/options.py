"""What a scan may be told, and what of it makes no sense."""

from __future__ import annotations

from numbers import Integral
from pathlib import Path
from typing import Any, get_args

import msgspec

from dedup.errors import UsageError
from dedup.records import Bounds, Keep


class ScanOptions(msgspec.Struct, frozen=True):
    """What a scan may be told."""

    clean: bool = True
    """False takes texts as they are."""
    bounds: Bounds = Bounds()
    keep: Keep = "earliest"
    """Which copy heads a cluster."""
    workers: int = 1
    model: Path | None = None
    """Classifier to clean with; None for the one that dedup ships."""
    sites: Path | None = None
    """File of templates of sites to clean with."""


def check_options(options: ScanOptions) -> None:
    """Raise UsageError for options that make no sense."""
    bounds = options.bounds
    for name, value in (("min_jaccard", bounds.min_jaccard), ("min_containment", bounds.min_containment)):
        if not isinstance(value, int | float) or not 0 < value <= 1:  # NaN is not
            raise UsageError(f"{name} is {value!r}", hint="It is a share: give a number above 0 and up to 1")
    counts: tuple[tuple[str, Any], ...] = (("min_shared", bounds.min_shared), ("workers", options.workers))
    for name, number in counts:
        if isinstance(number, bool) or not isinstance(number, Integral) or number < 1:
            raise UsageError(f"{name} is {number!r}", hint="Give a whole number, at least 1")
    if options.keep not in get_args(Keep):
        raise UsageError(f"keep is {options.keep!r}", hint=f"Give one of {', '.join(get_args(Keep))}")
