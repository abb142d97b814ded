"""Reading for tests: documents and bad records of inputs, side by side."""

from __future__ import annotations

import json

from dedup import corpus


def reading(inputs, **options):
    bad = []
    documents = list(corpus.read(inputs, on_bad=bad.append, **options))
    return documents, bad


def jsonl(*rows):
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def places(bad, base):
    """Bad records as (where below the folder, reason)."""
    return [(record.where.replace(f"{base}/", ""), record.reason) for record in bad]
