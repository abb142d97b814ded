"""What the other blocks of a document say about a block.

Given for each block a probability of being body (from the linear models first, from the trees' first pass then), the
same features are computed both times: the probabilities next to it, the nearest sure paragraphs, what its siblings and
the blocks of the same make are, and where it stands to the element that holds the article. Feeding a classifier its own
first opinion of the neighbourhood is auto-context (Tu 2008, "Auto-context and its application to high-level vision
tasks"); it takes the place of a separate sequence model, costs the same whatever the length, and sees the tree as well
as the line.

The article's element is the one with the greatest sum, over the blocks inside it, of length times (probability − 0.4):
a maximum-subarray search (as in Pasternack and Roth 2009, "Extracting article text from the web with maximum
subsequence segmentation") done on the tree instead of on the token sequence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import Floats, Ints

_SEQUENCE = (
    "p-4",
    "p-3",
    "p-2",
    "p-1",
    "p+1",
    "p+2",
    "p+3",
    "p+4",
    "window",
    "good_before",
    "good_after",
    "good_share",
    "good_chars",
    "mean",
    "doubtful",
    "gap",
    "gap_place",
)
_TREE = (
    "siblings_p",
    "siblings_chars",
    "siblings",
    "alike_p",
    "alike_chars",
    "alike",
    "in_article",
    "steps",
    "article_share",
    "parent_share",
    "grandparent_share",
)
SEQUENCE_NAMES: tuple[str, ...] = _SEQUENCE
"""Columns for every document."""
TREE_NAMES: tuple[str, ...] = _TREE
"""Columns for pages, after those of the sequence."""

# A sure paragraph: likelier body than not, and longer than a heading or a menu entry.
_GOOD_P = 0.5
_GOOD_CHARS = 60
# Length beyond which a block does not weigh more.
_FULL_CHARS = 400
_WINDOW = 6


@jit
def _sequence(p: Floats, chars: Floats, first: int, last: int, out: Any) -> None:
    n = last - first
    total_good = np.float32(0)
    mean = np.float32(0)
    doubtful = 0
    for i in range(first, last):
        if p[i] > _GOOD_P and chars[i] > _GOOD_CHARS:
            total_good += chars[i]
        mean += p[i]
        doubtful += p[i] < 0.25
    so_far = np.float32(0)
    before = first - 64
    for i in range(first, last):
        for k in range(4):
            out[i, k] = p[i - 4 + k] if i - 4 + k >= first else -1
            out[i, 4 + k] = p[i + 1 + k] if i + 1 + k < last else -1
        weight = total = np.float32(0)
        for j in range(max(first, i - _WINDOW), min(last, i + _WINDOW + 1)):
            if j != i:
                w = min(chars[j], np.float32(_FULL_CHARS)) + 5
                weight += w
                total += w * p[j]
        out[i, 8] = total / weight if weight > 0 else -1
        out[i, 9] = min(i - before, 64)
        good = p[i] > _GOOD_P and chars[i] > _GOOD_CHARS
        out[i, 11] = so_far / total_good if total_good > 0 else -1
        if good:
            so_far += chars[i]
            before = i
        out[i, 12] = np.log1p(total_good)
        out[i, 13] = mean / n
        out[i, 14] = doubtful / n
    after = last + 64
    for i in range(last - 1, first - 1, -1):
        out[i, 10] = min(after - i, 64)
        if p[i] > _GOOD_P and chars[i] > _GOOD_CHARS:
            after = i
        out[i, 15] = min(out[i, 9] + out[i, 10], 64)
        out[i, 16] = out[i, 9] / (out[i, 9] + out[i, 10])


@jit
def _groups(p: Floats, chars: Floats, first: int, last: int, group: Ints, at: int, out: Any) -> None:
    """Mean probability (by length), length and number of the blocks that share a group (numbers from 0)."""
    most = 0
    for i in range(first, last):
        most = max(most, group[i])
    weight = np.zeros(most + 1, np.float32)
    total = np.zeros(most + 1, np.float32)
    count = np.zeros(most + 1, np.float32)
    length = np.zeros(most + 1, np.float32)
    for i in range(first, last):
        w = min(chars[i], np.float32(_FULL_CHARS)) + 5
        weight[group[i]] += w
        total[group[i]] += w * p[i]
        count[group[i]] += 1
        length[group[i]] += chars[i]
    for i in range(first, last):
        out[i, at] = total[group[i]] / weight[group[i]]
        out[i, at + 1] = np.log1p(length[group[i]])
        out[i, at + 2] = np.log1p(count[group[i]])


@jit
def _tree(
    p: Floats,
    chars: Floats,
    first: int,
    last: int,
    element: Ints,
    parent: Ints,
    depth: Ints,
    low: int,
    high: int,
    out: Any,
    at: int,
) -> None:
    """Where each block stands to the article's element; elements ``low:high`` are the document's."""
    mass = np.zeros(high - low, np.float32)
    for i in range(first, last):
        mass[element[i] - low] += (p[i] - np.float32(0.4)) * (min(chars[i], np.float32(_FULL_CHARS)) + 5)
    for e in range(high - 1, low - 1, -1):
        if parent[e] >= low:
            mass[parent[e] - low] += mass[e - low]
    best = low
    for e in range(low, high):
        if mass[e - low] >= mass[best - low]:
            best = e
    top = max(mass[best - low], np.float32(1))
    above = np.full(high - low, -1, np.int64)  # distance from an ancestor of the article's element down to it
    e = best
    steps = 0
    while e >= low:
        above[e - low] = steps
        steps += 1
        e = parent[e]
    inside = np.zeros(high - low, np.int64)
    for e in range(low, high):
        inside[e - low] = e == best or (parent[e] >= low and inside[parent[e] - low] == 1)
    for i in range(first, last):
        e = element[i]
        within = inside[e - low] == 1
        out[i, at] = within
        if within:
            out[i, at + 1] = depth[e] - depth[best]
        else:
            a = e
            while a >= low and above[a - low] < 0:
                a = parent[a]
            out[i, at + 1] = -above[a - low] if a >= low else -32
        out[i, at + 2] = np.log1p(top)
        up = parent[e] if parent[e] >= low else e
        out[i, at + 3] = mass[up - low] / top
        up = parent[up] if parent[up] >= low else up
        out[i, at + 4] = mass[up - low] / top


@jit
def _relate(
    p: Floats,
    chars: Floats,
    doc: Ints,
    element: Ints,
    parent: Ints,
    depth: Ints,
    first_element: Ints,
    siblings: Ints,
    alike: Ints,
    out: Any,
) -> None:
    for d in range(doc.size - 1):
        first, last = doc[d], doc[d + 1]
        if first == last:
            continue
        _sequence(p, chars, first, last, out)
        if first_element.size:
            _groups(p, chars, first, last, siblings, 17, out)
            _groups(p, chars, first, last, alike, 20, out)
            _tree(p, chars, first, last, element, parent, depth, first_element[d], first_element[d + 1], out, 23)


def relate_sequence(p: Floats, chars: Floats, doc: Ints) -> Floats:
    """Columns `SEQUENCE_NAMES` for documents without a tree; `doc` holds where each one's blocks begin, and the end."""
    out = np.empty((p.size, len(SEQUENCE_NAMES)), np.float32)
    none = np.empty(0, np.int64)
    _relate(p, chars, doc, none, none, none, none, none, none, out)
    return out


def relate_tree(
    p: Floats,
    chars: Floats,
    doc: Ints,
    element: Ints,
    parent: Ints,
    depth: Ints,
    first_element: Ints,
    siblings: Ints,
    alike: Ints,
) -> Floats:
    """Columns `SEQUENCE_NAMES` and `TREE_NAMES` for pages."""
    out = np.empty((p.size, len(SEQUENCE_NAMES) + len(TREE_NAMES)), np.float32)
    _relate(p, chars, doc, element, parent, depth, first_element, siblings, alike, out)
    return out


@jit
def _shift(columns: Floats, doc: Ints, offsets: Ints, out: Any) -> None:
    width = columns.shape[1]
    for d in range(doc.size - 1):
        for i in range(doc[d], doc[d + 1]):
            for k in range(offsets.size):
                j = i + offsets[k]
                for c in range(width):
                    out[i, k * width + c] = columns[j, c] if doc[d] <= j < doc[d + 1] else np.nan


def neighbours(columns: Floats, doc: Ints, offsets: tuple[int, ...]) -> Floats:
    """Return the columns of the blocks at each offset, NaN past the ends of the document."""
    out = np.empty((columns.shape[0], columns.shape[1] * len(offsets)), np.float32)
    _shift(np.ascontiguousarray(columns), doc, np.array(offsets, np.int64), out)
    return out
