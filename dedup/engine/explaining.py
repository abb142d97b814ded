"""Why two documents match, or do not: their exact figures and shared passages, whatever the bounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from dedup import match, sketch
from dedup.clean.sites import SiteLines
from dedup.engine.cleaning import clean_documents
from dedup.engine.filtering import Spool
from dedup.engine.local import as_it_is
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.result import make_pairs
from dedup.errors import InputError
from dedup.records import RELATIONS, Document, Pair, Relation


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


def explain(a: str, b: str, documents: Iterable[Document], options: ScanOptions | None = None) -> Explanation:
    """Compare two documents, found by their ids, as a scan with these options does.

    Raises
    ------
    InputError
        No document has one of the ids.
    UsageError
        A bound makes no sense.
    """
    options = options or ScanOptions()
    check_options(options)
    with Spool() as spool:
        found = {document.id: document for document in spool.through(documents) if document.id in (a, b)}
        missing = [id for id in (a, b) if id not in found]
        if missing:
            raise InputError("no document has this id", where=missing[0], hint="Ids are the `id` fields, or file:line")
        if options.clean:
            texts = _cleaned(spool, found, options)
        else:
            texts = {id: as_it_is(document).text for id, document in found.items()}
    text_a, text_b = texts[a], texts[b]
    packed = sketch.pack([text_a, text_b])
    table = match.compare(packed)
    sizes = int(table.size_a[0]), int(table.size_b[0])
    if not all(sizes):  # a text without a word: nothing to divide by
        return Explanation(Pair(a, b, "passage", 0.0, 0.0, 0.0, 0), None, *sizes, text_a, text_b)
    codes = match.relate(table, options.bounds)
    spans, _ = match.passages(packed, table.a, table.b, workers=1)
    [pair] = make_pairs([a, b], table, np.array([0]), np.maximum(codes, 1), [list(map(tuple, spans.tolist()))])
    return Explanation(pair, RELATIONS[codes[0] - 1] if codes[0] else None, *sizes, text_a, text_b)


def _cleaned(spool: Spool, found: dict[str, Document], options: ScanOptions) -> dict[str, str]:
    """Clean the documents found as a scan does: what a site repeats shows only beside the other pages of the site.

    The pages of other sites are not cleaned, so a paragraph that a scan leaves because other sites carry it in their
    stories goes where one of the two sites repeats it.
    """
    sites = {document.site for document in found.values()} - {None}
    beside = (document for document in spool.documents() if document.id in found or document.site in sites)
    lines, texts = SiteLines(), {}
    for document, result in clean_documents(beside, options.cleaning, workers=1):
        lines.add(document.site, result.blocks)
        if document.id in found:
            texts[document.id] = result.text
    learned = lines.learned()
    return {id: learned.strip(found[id].site, text)[0] for id, text in texts.items()}
