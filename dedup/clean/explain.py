"""Why a block went or stayed: what moved the classifier's opinion of it most.

The trees' opinion is a sum over the nodes that a block passes, so it falls into what each column of the matrix added on
the way (Saabas 2014, "Interpreting random forests"; for boosted trees the sum over all trees). Columns that say the
same kind of thing are added up under one name. The second pass knows the first one's opinion; what that column added is
handed on to those of the first pass's columns that spoke the same way, in their proportions. Words are named by leaving
each one out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.batch import gather
from dedup.clean.blocks import Blocks
from dedup.clean.concepts import concept_scores
from dedup.clean.context import SEQUENCE_NAMES, TREE_NAMES
from dedup.clean.evidence import Readers, evidence, first_opinion
from dedup.clean.features import PAGE_NAMES, TEXT_NAMES, base_matrix, relations
from dedup.clean.model import SURE, Model, second_matrix
from dedup.clean.ngrams import Floats, join_lines, scores
from dedup.clean.shape import SHAPE_NAMES
from dedup.clean.trees import Trees, evaluate_trees

_FIRST = "first opinion"
# In this order: the first pattern that a column's name begins with decides.
_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern))
    for reason, pattern in (
        (_FIRST, _FIRST),
        ("its words", r"text_|concept_|most_|least_"),
        ("likeness to the title", r"in_title|of_title"),
        ("the heading above", r"heading_|from_heading"),
        ("what the page states of its article", r"in_story|in_summary|stories"),
        ("repetition", r"seen"),
        ("the blocks around it", r"p[+-]|window|good_|mean|doubtful|gap|siblings|alike|.*[+-]\d$"),
        ("its place in the article's element", r"in_article|steps|article_|parent_share|grandparent|box_(?!links)"),
        ("links", r"link|box_links"),
        ("the names of its elements", r"names_"),
        ("its element", r"tag|depth|bold|in_"),
        ("its place", r"index|from_|chars_before|blocks|all_chars|median|pieces|title_"),
        ("its form", "|".join(SHAPE_NAMES)),
    )
)
# Words of a block that are tried: a paragraph gives itself away early or not at all.
_WORDS = 60
_SHOWN_WORDS = 3
# In scripts without spaces a word may be a sentence.
_SHOWN_LETTERS = 24


@dataclass(slots=True, frozen=True)
class Reason:
    """Something that moved the opinion of a block."""

    what: str
    towards_body: float
    """Log-odds: above 0 it speaks for body, below 0 against."""


@jit
def _contribute(features: Floats, nodes: Any, roots: Any, out: Any) -> None:
    for row in range(features.shape[0]):
        for root in roots:
            node = nodes[root]
            while node.feature >= 0:
                x = features[row, node.feature]
                go_left = x <= node.threshold or (node.missing_left == 1 and np.isnan(x))
                following = nodes[node.left if go_left else node.right]
                out[row, node.feature] += following.value - node.value
                node = following


def contributions(trees: Trees, features: Floats) -> Floats:
    """Split what each column adds to the log-odds of each row, (rows, columns)."""
    out = np.zeros(features.shape, np.float32)
    _contribute(np.ascontiguousarray(features, np.float32), trees.nodes, trees["roots"], out)
    return out


def explain(model: Model, document: Blocks, labels: Sequence[int], count: int = 3) -> list[list[Reason]]:
    """Give the strongest reasons for and against body of each block of a document, strongest first.

    `labels` are those that the blocks got; the words that speak for them are named.
    """
    is_page = document.elements is not None
    kind = "page" if is_page else "text"
    batch = gather([document], is_page=is_page)
    seen = evidence(batch, model.readers)
    base = base_matrix(batch, seen)
    context = relations(batch, first_opinion(seen))
    first = np.column_stack((base, context))
    opinion = evaluate_trees(model.trees[kind + "1"], first)
    second = second_matrix(base, context, opinion, relations(batch, opinion))
    early = contributions(model.trees[kind + "1"], first)
    parts = _handed_on(early, contributions(model.trees[kind + "2"], second))
    settled = np.abs(opinion - 0.5) >= SURE - 0.5
    parts[settled] = 0
    parts[settled, : first.shape[1]] = early[settled]
    columns = second_names(is_page)
    reasons = list(dict.fromkeys(reason_of(name) for name in columns))
    group = np.array([reasons.index(reason_of(name)) for name in columns])
    sums = np.stack([parts[:, group == k].sum(axis=1) for k in range(len(reasons))], axis=1)
    result = []
    for row, text, label in zip(sums, document.texts, labels, strict=True):
        order = np.argsort(-np.abs(row))[:count]
        found = [Reason(reasons[k], float(row[k])) for k in order if abs(row[k]) >= 0.05]
        result.append([_with_words(reason, model.readers, text, label) for reason in found])
    return result


def _handed_on(early: Floats, parts: Floats) -> Floats:
    """Hand what the first pass's opinion added to the second, (rows, columns), on to the columns that it came from.

    It goes to those that spoke the same way: in proportions of a sum that they cancel in, each would get any amount.
    """
    at = early.shape[1]
    opinion = parts[:, at : at + 1]
    same = np.where(early * opinion > 0, early, 0)
    total = same.sum(axis=1, keepdims=True)
    share = np.divide(same, total, out=np.zeros_like(same), where=total != 0)
    rest = np.where(total != 0, 0, opinion)
    return np.column_stack((parts[:, :at] + opinion * share, rest, parts[:, at + 1 :]))


def second_names(is_page: bool) -> tuple[str, ...]:
    """Names of the columns that the second pass reads."""
    again = (*SEQUENCE_NAMES, *TREE_NAMES) if is_page else SEQUENCE_NAMES
    return (*(PAGE_NAMES if is_page else TEXT_NAMES), _FIRST, *again)


def reason_of(column: str) -> str:
    """Name the kind of thing that a column says."""
    return next((reason for reason, pattern in _REASONS if pattern.match(column)), "its form")


def _with_words(reason: Reason, readers: Readers, text: str, label: int) -> Reason:
    if reason.what != "its words":
        return reason
    words = telling_words(readers, text, label)
    return Reason(f"its words ({', '.join(words)})", reason.towards_body) if words else reason


def telling_words(readers: Readers, text: str, label: int) -> list[str]:
    """Words without which a text would look less like its label (of furniture: against body; of body: against all)."""
    words = text.split()[:_WORDS]
    variants = [" ".join(words), *(" ".join(words[:k] + words[k + 1 :]) for k in range(len(words)))]
    lines = join_lines([" ".join(variant.lower().split()) for variant in variants])
    logits = scores(*lines, *readers.text)[0] + concept_scores(*lines, readers.vocabulary, *readers.concepts)
    others = logits.copy()
    others[:, label] = -np.inf
    margin = logits[:, label] - (logits[:, 0] if label else others.max(axis=1))
    loss = margin[0] - margin[1:]
    names = [_short(word.strip(".,;:!?«»\"'()[]")) for word in words]
    order = [k for k in np.argsort(-loss) if loss[k] > 0 and names[k]][:_SHOWN_WORDS]
    return list(dict.fromkeys(names[k] for k in sorted(order)))


def _short(word: str) -> str:
    return word if len(word) <= _SHOWN_LETTERS else word[: _SHOWN_LETTERS - 1] + "…"
