"""What cleaning and a scan may be told, and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral
from pathlib import Path
from typing import Any, get_args

import msgspec

from dedup.errors import UsageError
from dedup.records import BINDING, LABELS, RELATIONS, Bounds, Favor, Keep, Label, Lang, Relation, Texts


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
    cluster_on: Collection[Relation] = BINDING
    """Relations that bind a document to a cluster's head; `exact` always does."""
    workers: int = 1
    cleaning: CleanOptions = CleanOptions()
    memory: int = 1 << 31
    """Bytes for the buffers of a stage. The result does not depend on them."""
    listed: Collection[Relation] = RELATIONS
    """Relations whose pairs are wanted; no more than `exact` and `near` takes much less verifying."""
    passages: bool = True
    """False leaves the passages out of pairs: saves a quarter of the time where there are millions."""
    texts: Texts = "all"
    """Which texts the report lets read: of all members of clusters while there is room, of heads, or none."""
    lang: Lang = "en"
    """Language of the report."""
    attribute: bool = True
    """False leaves agencies out."""
    keep_texts: bool = True
    """False keeps no texts, where they are taken as they are: the result tells clusters, and no pairs or documents."""


LEAST_MEMORY = 1 << 26
"""Bytes: what one slice of texts takes on its way through the kernels, and some room beside it."""


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
    memory: Any = options.memory
    if isinstance(memory, bool) or not isinstance(memory, Integral) or memory < LEAST_MEMORY:
        raise UsageError(f"memory is {options.memory!r}", hint=f"Give bytes, at least {LEAST_MEMORY >> 20} MB")
    _check_choice("keep", options.keep, get_args(Keep))
    _check_choice("texts", options.texts, get_args(Texts))
    _check_choice("lang", options.lang, get_args(Lang))
    _check_choices("cluster_on", options.cluster_on, RELATIONS, "relations")
    check_cleaning(options.cleaning)


def check_cleaning(options: CleanOptions) -> None:
    """Raise UsageError for options of cleaning that make no sense."""
    _check_choice("favor", options.favor, get_args(Favor))
    _check_choices("keep_labels", options.keep_labels, LABELS, "labels")


def _check_choices(name: str, values: object, choices: tuple[str, ...], what: str) -> None:
    if isinstance(values, str) or not isinstance(values, Collection):
        raise UsageError(f"{name} is {values!r}", hint=f"Give a list of {what}")
    for value in values:
        _check_choice(f"one of {name}", value, choices)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{name} is {value!r}", hint=f"Give one of {', '.join(choices)}")
