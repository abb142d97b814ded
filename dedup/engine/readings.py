"""Texts that a report lets read side by side, with what was stripped from each at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.records import REPEATED, Furniture, Label, Reading

if TYPE_CHECKING:
    from dedup.engine.holdings import Holdings
    from dedup.sketch import Packed

FURNITURE_SHOWN = 1_000
"""Code points of a block that are shown: what is longer is a page's whole menu."""


def make_readings(held: Holdings, packed: Packed, chosen: NDArray[np.bool_]) -> Iterator[Reading]:
    """Make the readings of the chosen documents, in input order.

    Parameters
    ----------
    held
        What the scan remembers: the blocks of each document, on disk.
    packed
        The texts.
    chosen
        Shape (documents,).
    """
    last = int(np.flatnonzero(chosen)[-1]) if chosen.any() else -1
    for index, blocks in enumerate(held.blocks_of(last + 1)):
        if chosen[index]:
            text = packed.text(index)
            yield Reading(held.ids[index], text, list(furniture(blocks, text, held.in_text)))


def furniture(blocks: Iterable[tuple[Label, str]], text: str, in_text: Collection[str]) -> Iterator[Furniture]:
    """Give what of a document's blocks did not go into its text, each with its place.

    Parameters
    ----------
    blocks
        Label and text of each, in order.
    text
        Made of those whose label is in `in_text`, without the lines that the site repeats.
    in_text
        Labels.
    """
    at = 0
    for label, block in blocks:
        if label in in_text and text.startswith(block, at):
            at += len(block)
            while at < len(text) and text[at].isspace():
                at += 1
        else:
            yield Furniture(at, REPEATED if label in in_text else label, block[:FURNITURE_SHOWN])
