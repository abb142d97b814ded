"""Where a block stands to what names the article: the title's block, the heading above, and the boxes around it.

A page may hold several texts that each look like an article: the next one below, a list of teasers, a box about the
author. The article is the one that the title of the page is set over, so a block is placed by its way through the tree
to that title: how far up from the title, and how far down again, the nearest element lies that holds both. The same way
to the heading above tells a paragraph of the section from a teaser under "Most read", whose words are known too. Boxes
are the elements around a block, described by what is in them: text, links and number of blocks (link density as in
Kohlschütter et al. 2010, "Boilerplate detection using shallow text features", but of the ancestors).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import Floats, Ints

LEVELS = 4
"""Elements around a block that are described, from its own outwards."""
ANCHOR_NAMES: tuple[str, ...] = (
    "from_title",
    "title_up",
    "title_down",
    "from_heading",
    "heading_up",
    "heading_down",
    *(f"{name}^{level}" for level in range(LEVELS) for name in ("box_links", "box_chars", "box_blocks", "box_steps")),
)
# Likeness to the page's title, of 2, from which a block is taken for it: half of its words each way, with some room.
_LIKE_TITLE = 1.1


@jit
def _title_block(likeness: Floats, h1: Any, first: int, last: int) -> int:
    """Find the block most like the title; else the first main heading; else -1."""
    best = -1
    top = np.float32(_LIKE_TITLE)
    for i in range(first, last):
        value = likeness[i] + np.float32(0.5) * h1[i]
        if likeness[i] > np.float32(0.6) and value > top:
            top = value
            best = i
    if best < 0:
        for i in range(first, last):
            if h1[i]:
                return i
    return best


@jit
def _way(a: int, b: int, parent: Ints, depth: Ints) -> tuple[int, int]:
    """Count the steps from element `a` up to the nearest element that holds `b` too, and from there down to `b`."""
    up = down = 0
    while a != b:
        if depth[a] >= depth[b]:
            a = parent[a]
            up += 1
        else:
            b = parent[b]
            down += 1
        if a < 0 or b < 0:
            break
    return up, down


@jit
def _place(
    likeness: Floats, h1: Any, heading: Any, doc: Ints, element: Ints, parent: Ints, depth: Ints, above: Ints, out: Any
) -> None:
    for d in range(doc.size - 1):
        title = _title_block(likeness, h1, doc[d], doc[d + 1])
        last = -1
        for i in range(doc[d], doc[d + 1]):
            above[i] = last
            out[i, :6] = np.nan
            if title >= 0:
                distance = np.log1p(np.float32(abs(i - title)))
                out[i, 0] = distance if i >= title else -distance
                out[i, 1], out[i, 2] = _way(element[title], element[i], parent, depth)
            if last >= 0:
                out[i, 3] = np.log1p(np.float32(i - last))
                out[i, 4], out[i, 5] = _way(element[last], element[i], parent, depth)
            if heading[i]:
                last = i


@jit
def _boxes(chars: Floats, linked: Floats, doc: Ints, element: Ints, parent: Ints, out: Any) -> None:
    size = parent.size
    text = np.zeros(size, np.float32)
    links = np.zeros(size, np.float32)
    blocks = np.zeros(size, np.float32)
    for i in range(element.size):
        text[element[i]] += chars[i]
        links[element[i]] += linked[i]
        blocks[element[i]] += 1
    for e in range(size - 1, -1, -1):
        if parent[e] >= 0:
            text[parent[e]] += text[e]
            links[parent[e]] += links[e]
            blocks[parent[e]] += blocks[e]
    for d in range(doc.size - 1):
        for i in range(doc[d], doc[d + 1]):
            e = element[i]
            for level in range(LEVELS):
                # Boxes in boxes that hold nothing more are one.
                steps = 0
                while level and parent[e] >= 0 and steps < 64:
                    steps += 1
                    larger = blocks[parent[e]] > blocks[e]
                    e = parent[e]
                    if larger:
                        break
                at = 6 + 4 * level
                out[i, at] = links[e] / max(np.float32(1), text[e])
                out[i, at + 1] = np.log1p(text[e])
                out[i, at + 2] = np.log1p(blocks[e])
                out[i, at + 3] = steps


def anchors(
    likeness: Floats,
    h1: Any,
    heading: Any,
    chars: Floats,
    linked: Floats,
    doc: Ints,
    element: Ints,
    parent: Ints,
    depth: Ints,
) -> tuple[Floats, Ints]:
    """Columns `ANCHOR_NAMES` (NaN where a page has no title or heading), and the block of the heading above, or -1.

    Parameters
    ----------
    likeness
        (blocks,) how much of the title a block holds plus how much of the block is the title, 0 to 2.
    h1, heading
        (blocks,) whether it is a main heading, a heading of any level.
    chars, linked
        (blocks,) its length, and characters inside links.
    doc, element, parent, depth
        As in `features.Batch`.
    """
    out = np.empty((chars.size, len(ANCHOR_NAMES)), np.float32)
    above = np.empty(chars.size, np.int64)
    _place(likeness, h1, heading, doc, element, parent, depth, above, out)
    _boxes(chars, linked, doc, element, parent, out)
    return out, above
