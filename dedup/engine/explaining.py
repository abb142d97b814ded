"""Why two documents match, or do not: their exact figures and shared passages, whatever the bounds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup import match, sketch
from dedup.engine.cleaning import clean_documents
from dedup.engine.local import as_it_is
from dedup.engine.result import make_pairs
from dedup.errors import InputError
from dedup.records import RELATIONS, Bounds, Document, Pair, Relation


class Explanation(NamedTuple):
    """Two documents side by side."""

    pair: Pair
    """Figures and passages; whether they are copies says `relation` below."""
    relation: Relation | None
    """None: under these bounds the two are no copies."""
    shingles_a: int
    shingles_b: int
    text_a: str
    text_b: str


def explain(
    a: str, b: str, documents: Iterable[Document], *, clean: bool = True, bounds: Bounds, model: Path | None = None
) -> Explanation:
    """Compare two documents, found by their ids.

    Raises
    ------
    InputError
        No document has one of the ids.
    """
    found = {document.id: document for document in documents if document.id in (a, b)}
    missing = [id for id in (a, b) if id not in found]
    if missing:
        raise InputError("no document has this id", where=missing[0], hint="Ids are the `id` fields, or file:line")
    both = [found[a], found[b]]
    cleaned = clean_documents(both, workers=1, model=model) if clean else ((one, as_it_is(one)) for one in both)
    text_a, text_b = (result.text for _, result in cleaned)
    packed = sketch.pack([text_a, text_b])
    table = match.compare(packed)
    sizes = int(table.size_a[0]), int(table.size_b[0])
    if not all(sizes):  # a text without a word: nothing to divide by
        return Explanation(Pair(a, b, "passage", 0.0, 0.0, 0.0, 0), None, *sizes, text_a, text_b)
    codes = match.relate(table, bounds)
    [pair] = make_pairs([a, b], packed, table, np.array([0]), np.maximum(codes, 1))
    return Explanation(pair, RELATIONS[codes[0] - 1] if codes[0] else None, *sizes, text_a, text_b)
