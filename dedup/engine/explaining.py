"""Why two documents match, or do not: their exact figures and shared passages, whatever the bounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from dedup import match, sketch
from dedup.clean.blocks import LONG_LINE, page_blocks
from dedup.clean.sites import SiteLines
from dedup.clean.templates import MIN_PAGES, SHORT, fold
from dedup.engine.cleaning import clean_documents
from dedup.engine.filtering import Spool
from dedup.engine.local import as_it_is
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.result import make_pairs
from dedup.errors import InputError
from dedup.records import RELATIONS, Document, Pair, Relation

_NUMERALS = re.compile(r"[\d.,]+")


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
    shared_a: list[tuple[int, int]]
    """Code points of A's text that stand in shared shingles, in order, ends exclusive."""
    shared_b: list[tuple[int, int]]


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
        return Explanation(Pair(a, b, "passage", 0.0, 0.0, 0.0, 0), None, *sizes, text_a, text_b, [], [])
    codes = match.relate(table, options.bounds)
    spans, _ = match.passages(packed, table.a, table.b, workers=1)
    [pair] = make_pairs([a, b], table, np.array([0]), np.maximum(codes, 1), [list(map(tuple, spans.tolist()))])
    relation = RELATIONS[codes[0] - 1] if codes[0] else None
    return Explanation(pair, relation, *sizes, text_a, text_b, *_shared(packed))


def _shared(packed: sketch.Packed) -> Iterator[list[tuple[int, int]]]:
    """Give for each of two texts the spans of its tokens that shared shingles cover."""
    streams = sketch.token_streams(packed, np.arange(2), workers=1)
    documents = [slice(*streams.offsets[at : at + 2].tolist()) for at in (0, 1)]
    for own, other in (documents, documents[::-1]):
        shingles = streams.shingles[own]
        starting = np.isin(shingles, streams.shingles[other]) & (shingles != 0)  # 0: no shingle starts at this token
        width = min(len(shingles), sketch.SHINGLE)
        covered = np.convolve(starting, np.ones(width, np.int64))[: len(shingles)] > 0
        edges = np.flatnonzero(np.diff(covered, prepend=False, append=False))
        starts, ends = streams.starts[own][edges[::2]], streams.ends[own][edges[1::2] - 1]
        yield list(zip(starts.tolist(), ends.tolist(), strict=True))


def _cleaned(spool: Spool, found: dict[str, Document], options: ScanOptions) -> dict[str, str]:
    """Clean the documents found as a scan does: what a site repeats shows only beside the other pages of the site.

    The pages of other sites are not cleaned, so a paragraph that a scan leaves because other sites carry it in their
    stories goes where one of the two sites repeats it.
    """
    alone = clean_documents(found.values(), options.cleaning, workers=1)
    texts = {document.id: result.text for document, result in alone}
    sites = _repeating(spool, found, texts)
    if not sites:
        return texts
    lines = SiteLines()
    beside = (document for document in spool.documents() if document.site in sites)
    for document, result in clean_documents(beside, options.cleaning, workers=1):
        lines.add(document.site, result.blocks)
    learned = lines.learned()
    return {id: learned.strip(found[id].site, text)[0] for id, text in texts.items()}


def _repeating(spool: Spool, found: dict[str, Document], texts: dict[str, str]) -> set[str]:
    """Name the sites that may repeat a line of the texts: only their pages need cleaning.

    A line is repeated where blocks of `MIN_PAGES` pages are that line, and cleaning makes no block that does not stand
    in the page before. Looking for the lines takes a fraction of the time of labelling all the others.
    """
    wanted: dict[str, set[str]] = {}
    for id, text in texts.items():
        if site := found[id].site:
            wanted.setdefault(site, set()).update(fold(line) for line in text.split("\n"))
    pages: Counter[tuple[str, str]] = Counter()
    for document in spool.documents():
        if document.site and (lines := wanted.get(document.site)):
            pages.update((document.site, line) for line in _standing(lines, document))
    return {site for (site, _), count in pages.items() if count >= MIN_PAGES}


def _standing(lines: set[str], document: Document) -> set[str]:
    """Return those of the folded lines that a block of the document may be."""
    if document.html is not None:
        return lines & {fold(text) for text in page_blocks(document.html).texts}
    rows = (document.text or "").replace("\r", "\n").split("\n")
    found = lines & {fold(row.strip()) for row in rows if len(row) <= LONG_LINE}
    long = "\n".join(row for row in rows if len(row) > LONG_LINE)  # a block may be any run of its sentences
    bare = _NUMERALS.sub("", long)  # folding makes numbers alike
    return found | {line for line in lines if (_NUMERALS.sub("", line) in bare if len(line) < SHORT else line in long)}
