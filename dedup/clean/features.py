"""The matrix that the classifier reads: all that is known of each block of a batch.

Shape, linear log-odds (`evidence`), place, repetition and likeness to the title, the shapes of the neighbours; for
pages also links, tags, names of the ancestors, the way to title and heading (`anchors`) and what the page states of
itself (`structured`); and the context (`context`) under a given opinion of every block. Pages and plain text have
different columns; each has its own trees.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.anchors import ANCHOR_NAMES, anchors
from dedup.clean.batch import Batch
from dedup.clean.blocks import FLAG_TAGS
from dedup.clean.context import SEQUENCE_NAMES, TREE_NAMES, neighbours, relate_sequence, relate_tree
from dedup.clean.evidence import Evidence
from dedup.clean.ngrams import HEAD_BYTES, PEAKS, TAIL_BYTES, Bytes, Floats, Ints, _mix, _tokens, join_lines
from dedup.clean.overlap import overlap
from dedup.clean.shape import SHAPE_NAMES
from dedup.records import LABELS

_OFFSETS = (-3, -2, -1, 1, 2, 3)
_PLACE = (
    "index",
    "from_start",
    "from_end",
    "chars_before",
    "blocks",
    "all_chars",
    "seen_before",
    "seen",
    "median",
    "pieces",
)
_TITLE = ("in_title", "of_title")
_DOM = ("link_share", "links", "bold_share", "tag", "depth")
# Of the heading above a block: what its words say, and the names around it.
_HEADING = ("text_body", "text_related", "names_near", "links")
_STATED = ("in_story", "in_summary", "stories")
_NEIGHBOUR_SHAPES = ("length", "ends_stop", "first", "capitalised", "digits")

TEXT_BASE_NAMES: tuple[str, ...] = (
    *SHAPE_NAMES,
    *(f"text_{label}" for label in LABELS),
    *(f"concept_{label}" for label in LABELS),
    *(f"{end}_{k}" for end in ("most", "least") for k in range(PEAKS)),
    *_PLACE,
    *_TITLE,
    *(f"{name}{offset:+d}" for offset in _OFFSETS for name in _NEIGHBOUR_SHAPES),
)
PAGE_BASE_NAMES: tuple[str, ...] = (
    *TEXT_BASE_NAMES,
    *_DOM,
    *(f"in_{tags[0]}" for tags in FLAG_TAGS),
    *(f"names_{label}" for label in LABELS),
    "names_near",
    *(f"{name}{offset:+d}" for offset in _OFFSETS for name in ("link_share", "tag", "names_near")),
    *ANCHOR_NAMES,
    *(f"heading_{name}" for name in _HEADING),
    *_STATED,
)
TEXT_NAMES: tuple[str, ...] = (*TEXT_BASE_NAMES, *SEQUENCE_NAMES)
"""Columns for plain text; the second pass has the context twice, the first opinion's and the second's."""
PAGE_NAMES: tuple[str, ...] = (*PAGE_BASE_NAMES, *SEQUENCE_NAMES, *TREE_NAMES)


@jit
def _repetition(buf: Bytes, starts: Ints, doc: Ints, title_buf: Bytes, title_starts: Ints, out: Any) -> None:
    """Whether the same line stood before, how often it stands in the document, and how much of the title is in it."""
    size = HEAD_BYTES + TAIL_BYTES + 2
    tokens = np.empty((size, 2), np.uint64)
    title = np.empty((size, 2), np.uint64)
    kinds = np.empty(size, np.int64)
    marks = np.empty(size, np.uint64)
    hashes = np.empty(starts.size - 1, np.uint64)
    for d in range(doc.size - 1):
        t, _ = _tokens(
            title_buf, title_starts[d], min(title_starts[d + 1] - 1, title_starts[d] + HEAD_BYTES), title, kinds, marks
        )
        for i in range(doc[d], doc[d + 1]):
            n, _ = _tokens(buf, starts[i], min(starts[i + 1] - 1, starts[i] + HEAD_BYTES), tokens, kinds, marks)
            whole = np.uint64(starts[i + 1] - starts[i])
            shared = 0
            for k in range(n):
                whole = _mix(whole, tokens[k, 0])
            hashes[i] = whole
            if t == 0:
                out[i, 2] = -1
                out[i, 3] = -1
                continue
            if n <= 3 * t:
                for k in range(n):
                    for j in range(t):
                        if title[j, 0] == tokens[k, 0]:
                            shared += 1
                            break
            out[i, 2] = shared / max(1, n)
            out[i, 3] = shared / t
        order = doc[d] + np.argsort(hashes[doc[d] : doc[d + 1]], kind="mergesort")
        k = 0
        while k < order.size:
            j = k
            while j < order.size and hashes[order[j]] == hashes[order[k]]:
                out[order[j], 0] = j - k
                j += 1
            for m in range(k, j):
                out[order[m], 1] = j - k
            k = j


def _places(batch: Batch) -> Floats:
    sizes = np.diff(batch.doc)
    document = np.repeat(np.arange(sizes.size), sizes)
    index = np.arange(document.size) - batch.doc[:-1][document]
    chars = batch.chars.astype(np.float64)
    before = np.cumsum(chars) - chars
    before -= before[np.minimum(batch.doc[:-1], max(0, chars.size - 1))][document] if chars.size else 0
    total = np.bincount(document, chars, sizes.size)
    repeated = np.empty((document.size, 4), np.float32)
    title_buf, title_starts = join_lines(
        [title.lower().replace("\n", " ") for title in (x.facts.title for x in batch.documents)]
    )
    _repetition(batch.buf, batch.starts, batch.doc, title_buf, title_starts, repeated)
    median = np.array([np.median(batch.shapes[a:b, 0]) if b > a else 0 for a, b in pairwise(batch.doc.tolist())])
    return np.column_stack(
        (
            index / np.maximum(1, sizes[document] - 1),
            np.log1p(index),
            np.log1p(sizes[document] - 1 - index),
            before / np.maximum(1, total[document]),
            np.log1p(sizes[document]),
            np.log1p(total[document]),
            repeated[:, 0],
            repeated[:, 1],
            median[document],
            _pieces(batch),
            repeated[:, 2:],
        )
    ).astype(np.float32)


def _pieces(batch: Batch) -> Floats:
    """Count the blocks on a block's line: sentences of an article in one line, or furniture between them."""
    if batch.is_page or not batch.documents:
        return np.zeros(batch.doc[-1], np.float32)
    line = np.concatenate([np.array(document.lines, np.int64) for document in batch.documents])
    stripped = line == 0  # blocks of a page without a tree stand on no line: each is one by itself
    line += np.repeat(np.arange(len(batch.documents)) << 40, np.diff(batch.doc))
    _, where, counts = np.unique(line, return_inverse=True, return_counts=True)
    result: Floats = np.log1p(np.where(stripped, 1, counts[where])).astype(np.float32)
    return result


def base_matrix(batch: Batch, seen: Evidence) -> Floats:
    """Columns `PAGE_BASE_NAMES` or `TEXT_BASE_NAMES`: all that does not depend on an opinion of the other blocks."""
    shapes = batch.shapes
    around = shapes[:, [SHAPE_NAMES.index(name) for name in _NEIGHBOUR_SHAPES]]
    places = _places(batch)
    parts = [shapes, seen.text, seen.concepts, seen.peaks, places, neighbours(around, batch.doc, _OFFSETS)]
    if seen.names is not None and seen.near is not None:
        near = seen.near[:, None]
        parts += [batch.dom, seen.names, near]
        parts.append(neighbours(np.column_stack((batch.dom[:, [0, 3]], near)), batch.doc, _OFFSETS))
        parts += [*_anchor_columns(batch, seen, places[:, -2:].sum(axis=1)), _stated(batch)]
    return np.column_stack(parts).astype(np.float32)


def _anchor_columns(batch: Batch, seen: Evidence, likeness: Floats) -> tuple[Floats, Floats]:
    h1, lower = batch.inside("h1"), batch.inside("h2")
    linked = batch.dom[:, 0] * batch.chars
    columns, above = anchors(
        likeness, h1, h1 | lower, batch.chars, linked, batch.doc, batch.element, batch.parent, batch.depth
    )
    assert seen.near is not None  # noqa: S101 - for the type checker; pages have it
    known = np.column_stack((seen.text[:, [0, LABELS.index("related")]], seen.near, batch.dom[:, 0]))
    return columns, np.where(above[:, None] >= 0, known[above], np.nan).astype(np.float32)


def _stated(batch: Batch) -> Floats:
    """Tell what of a block stands in the body or the description that the page states, and how long that body is."""
    stories = [document.facts.story for document in batch.documents]
    summaries = [document.facts.summary for document in batch.documents]
    length = np.repeat([np.log1p(len(story)) for story in stories], np.diff(batch.doc))
    both = (overlap(batch.buf, batch.starts, batch.doc, texts) for texts in (stories, summaries))
    return np.column_stack((*both, length)).astype(np.float32)


def relations(batch: Batch, opinion: Floats) -> Floats:
    """Columns of the context (`context`) under an opinion of every block."""
    if not batch.is_page:
        return relate_sequence(opinion, batch.chars, batch.doc)
    return relate_tree(
        opinion, batch.chars, batch.doc, batch.element, batch.parent, batch.depth, batch.first_element,
        batch.siblings, batch.alike,
    )  # fmt: skip
