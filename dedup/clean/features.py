"""From the blocks of some documents to the matrix that the classifier reads.

`gather` puts the blocks of a batch into arrays, `Evidence` holds what the linear models say, and `matrix` is the
classifier's view: shape, linear log-odds, place, repetition and likeness to the title, the shapes of the neighbours,
for pages also links, tags and the names of the ancestors; and the context (`context`) under a given opinion of every
block. Pages and plain text have different columns; each has its own trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.anchors import ANCHOR_NAMES, anchors
from dedup.clean.blocks import FLAG_TAGS, FLAGS, Blocks
from dedup.clean.concepts import Vocabulary, concept_scores
from dedup.clean.context import SEQUENCE_NAMES, TREE_NAMES, neighbours, relate_sequence, relate_tree
from dedup.clean.ngrams import (
    HEAD_BYTES,
    PEAKS,
    TAIL_BYTES,
    Bytes,
    Floats,
    Ints,
    _mix,
    _tokens,
    bags,
    join_lines,
    scores,
)
from dedup.clean.overlap import overlap
from dedup.clean.shape import SHAPE_NAMES, line_shapes
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


@dataclass(slots=True)
class Batch:
    """The blocks of some documents as arrays; all pages, or all plain text."""

    buf: Bytes
    """Lower-cased text."""
    starts: Ints
    doc: Ints
    """First block of each document, and the end."""
    shapes: Floats
    documents: Sequence[Blocks]
    is_page: bool
    # The rest is empty for plain text.
    element: Ints
    parent: Ints
    depth: Ints
    first_element: Ints
    siblings: Ints
    alike: Ints
    names_buf: Bytes
    names_starts: Ints
    dom: Floats

    @property
    def chars(self) -> Floats:
        """Length of each block."""
        return np.expm1(self.shapes[:, 0])


def gather(documents: Sequence[Blocks], *, is_page: bool) -> Batch:
    """Arrays of a batch. Pages without elements (see `blocks.page_blocks`) belong with the plain texts."""
    texts = [text for document in documents for text in document.texts]
    doc = np.concatenate(([0], np.cumsum([len(document) for document in documents]))).astype(np.int64)
    shapes = line_shapes(*join_lines(texts))
    buf, starts = join_lines(["\n".join(texts).lower()]) if texts else join_lines([])
    if texts:
        starts = np.concatenate((np.zeros(1, np.int64), (np.flatnonzero(buf == 10) + 1).astype(np.int64)))
    none = np.empty(0, np.int64)
    batch = Batch(
        buf, starts, doc, shapes, documents, is_page,
        none, none, none, none, none, none, np.empty(0, np.uint8), none, np.empty((0, 0), np.float32),
    )  # fmt: skip
    if is_page:
        _gather_tree(batch, documents)
    return batch


def _gather_tree(batch: Batch, documents: Sequence[Blocks]) -> None:
    tables = [document.elements for document in documents if document.elements is not None]
    if len(tables) != len(documents):
        raise ValueError("plain text among the pages")
    names = [name for table in tables for name in table.names]
    first = np.cumsum([0, *(len(table.parent) for table in tables)])
    of_element = np.repeat(first[:-1], np.diff(first))
    parent = np.array([row for table in tables for row in table.parent], np.int64)
    batch.first_element = first.astype(np.int64)
    batch.parent = np.where(parent >= 0, parent + of_element, -1)
    batch.depth = np.array([depth for table in tables for depth in table.depth], np.int64)
    batch.names_buf, batch.names_starts = join_lines([_one_line(name) for name in names])
    element = np.array([row for document in documents for row in document.element], np.int64)
    local = np.repeat(first[:-1], np.diff(batch.doc))
    batch.element = element + local
    above = batch.parent[batch.element]
    batch.siblings = np.where(above >= 0, above - local, element)
    numbers: dict[str, int] = {"": 0}
    number = np.array([numbers.setdefault(name, len(numbers)) for name in names] or [0], np.int64)
    make = number[batch.element] * len(numbers) + np.where(above >= 0, number[above], 0)
    batch.alike = np.unique(make, return_inverse=True)[1].astype(np.int64)
    flags = np.array([flag for table in tables for flag in table.flags], np.int64)[batch.element]
    linked, links, bold, tag = (
        np.array([x for part in columns for x in part], np.float32)
        for columns in zip(*((x.linked, x.links, x.bold, x.tag) for x in documents), strict=True)
    )
    chars = np.maximum(1, batch.chars)
    bits = (flags[:, None] >> np.arange(len(FLAG_TAGS)) & 1).astype(np.float32)
    columns = (linked / chars, links, bold / chars, tag, batch.depth[batch.element], bits)
    batch.dom = np.column_stack(columns).astype(np.float32)


def _one_line(name: str) -> str:
    return name.lower().replace("\n", " ")


Linear = tuple[Floats, Floats]
"""Weights (rows, labels) and bias (labels,) of a linear model over bags."""


@dataclass(slots=True)
class Readers:
    """The linear models that read a block."""

    text: Linear
    """Over its words as they are (`ngrams`)."""
    concepts: Linear
    """Over what they mean."""
    names: Linear
    """Over the names of the elements around it."""
    vocabulary: Vocabulary


@dataclass(slots=True)
class Evidence:
    """Log-probabilities of the linear models, (blocks, labels)."""

    text: Floats
    concepts: Floats
    peaks: Floats
    """What single words say (`ngrams.scores`)."""
    names: Floats | None
    """Of the names of all ancestors; None for plain text."""
    near: Floats | None
    """Body log-odds of the names of the nearest three elements."""


@jit
def _chain(sums: Any, counts: Any, parent: Ints, element: Ints, bias: Any, out: Any, near: Any) -> None:
    """Sum of the element scores along the ancestors of each block, scaled like one bag."""
    classes = sums.shape[1]
    total = np.empty(classes, np.float32)
    for i in range(element.size):
        total[:] = 0
        number = 0
        e = element[i]
        step = 0
        near[i] = 0
        while e >= 0:
            for label in range(classes):
                total[label] += sums[e, label]
            number += counts[e]
            step += 1
            e = parent[e]
            if step == 3 or (e < 0 and step < 3):
                others = np.float32(0)
                for label in range(1, classes):
                    others += total[label]
                near[i] = (total[0] - others / (classes - 1)) / np.sqrt(max(1, number))
        scale = np.float32(1 / np.sqrt(max(1, number)))
        for label in range(classes):
            out[i, label] = total[label] * scale + bias[label]


@jit
def _sum_rows(indptr: Any, indices: Any, weights: Any, out: Any) -> None:
    for row in range(indptr.size - 1):
        for k in range(indptr[row], indptr[row + 1]):
            for label in range(weights.shape[1]):
                out[row, label] += weights[indices[k], label]


@jit
def _chain_bags(indptr: Any, indices: Any, parent: Ints, element: Ints, out_indptr: Any, out: Any) -> None:
    total = 0
    for i in range(element.size):
        e = element[i]
        while e >= 0:
            size = indptr[e + 1] - indptr[e]
            if out.size:
                out[total : total + size] = indices[indptr[e] : indptr[e + 1]]
            total += size
            e = parent[e]
        out_indptr[i + 1] = total


def name_bags(batch: Batch, bits: int) -> tuple[Ints, np.ndarray]:
    """Bag of the names of all ancestors of each block, as `evidence` weighs them; for training."""
    indptr, indices = bags(batch.names_buf, batch.names_starts, bits)
    out_indptr = np.zeros(batch.element.size + 1, np.int64)
    _chain_bags(indptr, indices, batch.parent, batch.element, out_indptr, np.empty(0, np.int32))
    out = np.empty(max(1, out_indptr[-1]), np.int32)
    _chain_bags(indptr, indices, batch.parent, batch.element, out_indptr, out)
    return out_indptr, out[: out_indptr[-1]]


def evidence(batch: Batch, readers: Readers) -> Evidence:
    """Score blocks by the linear models."""
    logits, peaks = scores(batch.buf, batch.starts, *readers.text)
    of_text = _log_softmax(logits)
    meant = _log_softmax(concept_scores(batch.buf, batch.starts, readers.vocabulary, *readers.concepts))
    if not batch.is_page:
        return Evidence(of_text, meant, peaks, None, None)
    names = readers.names
    indptr, indices = bags(batch.names_buf, batch.names_starts, int(names[0].shape[0]).bit_length() - 1)
    sums = np.zeros((indptr.size - 1, len(LABELS)), np.float32)
    _sum_rows(indptr, indices, names[0], sums)
    out: Floats = np.empty((batch.element.size, len(LABELS)), np.float32)
    near = np.empty(batch.element.size, np.float32)
    _chain(sums, np.diff(indptr), batch.parent, batch.element, names[1], out, near)
    return Evidence(of_text, meant, peaks, _log_softmax(out), near)


def _log_softmax(logits: Floats) -> Floats:
    if not logits.size:
        return logits
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def first_opinion(seen: Evidence) -> Floats:
    """Probability of body for each block, from the linear models alone."""
    words = (seen.text + seen.concepts) * np.float32(0.5)
    logits: Floats = words if seen.names is None else (words + seen.names) * np.float32(0.5)
    return np.ascontiguousarray(np.exp(_log_softmax(logits)[:, 0]))


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
    """Number of blocks on a block's line: sentences of an article in one line, or furniture between them."""
    if batch.is_page or not batch.documents:
        return np.zeros(batch.doc[-1], np.float32)
    line = np.concatenate([np.array(document.lines, np.int64) for document in batch.documents])
    line += np.repeat(np.arange(len(batch.documents)) << 40, np.diff(batch.doc))
    _, where, counts = np.unique(line, return_inverse=True, return_counts=True)
    result: Floats = np.log1p(counts[where]).astype(np.float32)
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
    levels = batch.dom[:, len(_DOM) :]
    h1, lower = (levels[:, _flag(tag)] > 0 for tag in ("h1", "h2"))
    linked = batch.dom[:, 0] * batch.chars
    columns, above = anchors(
        likeness, h1, h1 | lower, batch.chars, linked, batch.doc, batch.element, batch.parent, batch.depth
    )
    assert seen.near is not None  # noqa: S101 - for the type checker; pages have it
    known = np.column_stack((seen.text[:, [0, LABELS.index("related")]], seen.near, batch.dom[:, 0]))
    return columns, np.where(above[:, None] >= 0, known[above], np.nan).astype(np.float32)


def _flag(tag: str) -> int:
    return FLAGS[tag].bit_length() - 1


def _stated(batch: Batch) -> Floats:
    """What of a block stands in the article's body or description as the page states them, and how long the body is."""
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
