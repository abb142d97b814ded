"""What cleaning and a scan may be told, and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral
from pathlib import Path
from typing import Any, get_args

import msgspec

from dedup.errors import UsageError
from dedup.records import LABELS, Bounds, Favor, Keep, Label


class CleanOptions(msgspec.Struct, frozen=True):
    """What cleaning may be told."""

    model: Path | None = None
    """Classifier; None for the one that dedup ships."""
    sites: Path | None = None
    """File of templates of sites."""
    favor: Favor = "balanced"
    """Whether furniture that stays (`precision`) or body that goes (`recall`) is the worse mistake."""
    keep_labels: Collection[Label] = ()
    """Blocks of these labels go into the text, too."""


class ScanOptions(msgspec.Struct, frozen=True):
    """What a scan may be told."""

    clean: bool = True
    """False takes texts as they are."""
    bounds: Bounds = Bounds()
    keep: Keep = "earliest"
    """Which copy heads a cluster."""
    workers: int = 1
    cleaning: CleanOptions = CleanOptions()


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
    _check_choice("keep", options.keep, get_args(Keep))
    check_cleaning(options.cleaning)


def check_cleaning(options: CleanOptions) -> None:
    """Raise UsageError for options of cleaning that make no sense."""
    _check_choice("favor", options.favor, get_args(Favor))
    labels: object = options.keep_labels
    if isinstance(labels, str) or not isinstance(labels, Collection):
        raise UsageError(f"keep_labels is {labels!r}", hint="Give a list of labels")
    for label in labels:
        _check_choice("a label of keep_labels", label, LABELS)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{name} is {value!r}", hint=f"Give one of {', '.join(choices)}")
