"""The verdict of a check as JSON: the whole of it, or a line for each document that is told of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from dedup.verdicts import CheckData

_LONE = re.compile("[\ud800-\udfff]")


def render_json(data: CheckData) -> Iterator[bytes]:
    """Write `CheckData` as one object; see `interface.Verdict`."""
    yield encoded(data, indent=1) + b"\n"


def render_jsonl(data: CheckData) -> Iterator[bytes]:
    """Write a `Checked` a line: documents with a match, or that count against a gate; see `interface.Verdict`."""
    for row in data.rows:
        yield encoded(row) + b"\n"


def encoded(value: object, indent: int | None = None) -> bytes:
    """Encode as JSON in UTF-8; a lone surrogate, for which UTF-8 has no bytes, becomes U+FFFD."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=indent)
    return _LONE.sub("\ufffd", text).encode()
