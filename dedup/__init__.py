"""Duplicate and boilerplate detector for syndicated news.

    >>> import dedup
    >>> result = dedup.scan(dedup.read("fixtures/newsroom"))
    >>> result.summary().clusters > 10
    True

The public names are `clean`, `scan`, `check`, `read`, the records (`Document`, `Block`, `Cleaned`, `Bounds`, `Pair`,
`Cluster`, `Member`, `DocumentRow`, `Summary`; of a check `CheckData`, `Checked`, `Gate`, `Match`), `Index` and the
errors (`DedupError` and its kinds). They are loaded when first used, so that `import dedup` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "dedup.api": ("scan", "check", "read"),
    "dedup.engine.result": ("ScanResult",),
    "dedup.records": (
        "BadRecord", "Block", "Bounds", "Cleaned", "Cluster", "Document", "DocumentRow", "Member", "Pair", "Summary",
    ),
    "dedup.index": ("Index",),
    "dedup.verdicts": ("CheckData", "Checked", "Gate", "Match"),
    "dedup.errors": (
        "DedupError", "InputError", "MissingExtraError", "ModelError", "OutputError", "RecordError", "UsageError",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BadRecord",
    "Block",
    "Bounds",
    "CheckData",
    "Checked",
    "Cleaned",
    "Cluster",
    "DedupError",
    "Document",
    "DocumentRow",
    "Gate",
    "Index",
    "InputError",
    "Match",
    "Member",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "Pair",
    "RecordError",
    "ScanResult",
    "Summary",
    "UsageError",
    "check",
    "clean",
    "read",
    "scan",
]

if TYPE_CHECKING:
    from dedup.api import check, clean, read, scan
    from dedup.engine.result import ScanResult
    from dedup.errors import (
        DedupError,
        InputError,
        MissingExtraError,
        ModelError,
        OutputError,
        RecordError,
        UsageError,
    )
    from dedup.index import Index
    from dedup.records import (
        BadRecord,
        Block,
        Bounds,
        Cleaned,
        Cluster,
        Document,
        DocumentRow,
        Member,
        Pair,
        Summary,
    )
    from dedup.verdicts import CheckData, Checked, Gate, Match


def __getattr__(name: str) -> Any:
    if name == "clean":  # the room is its own verb: see _verb.py
        return importlib.import_module("dedup.clean")
    if name not in _HOME:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
