"""The blocks of some documents as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedup.clean.blocks import FLAG_TAGS, FLAGS, Blocks
from dedup.clean.ngrams import Bytes, Floats, Ints, join_lines
from dedup.clean.shape import line_shapes


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

    def inside(self, tag: str) -> npt.NDArray[np.bool_]:
        """Say of each block of a page whether it stands in an element of this tag's group (`blocks.FLAG_TAGS`)."""
        bits = self.dom.shape[1] - len(FLAG_TAGS)
        inside: npt.NDArray[np.bool_] = self.dom[:, bits + FLAGS[tag].bit_length() - 1] > 0
        return inside

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
