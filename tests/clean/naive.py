"""Slow, obvious twins of the kernels of `dedup.clean`."""

from __future__ import annotations

import math
import re
from itertools import groupby, pairwise

import numpy as np


def trees_probability(trees: dict[str, np.ndarray], row: np.ndarray) -> float:
    """One row through every tree."""
    total = float(trees["baseline"][0])
    for root in trees["roots"]:
        at = int(root)
        while trees["feature"][at] >= 0:
            value = row[trees["feature"][at]]
            left = bool(trees["missing_left"][at]) if math.isnan(value) else value <= trees["threshold"][at]
            at = int(trees["left" if left else "right"][at])
        total += float(trees["value"][at])
    return 1 / (1 + math.exp(-total))


def line_scores(bag: list[int], weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Logits of a bag of features scaled to unit length."""
    return sum((weights[at] for at in bag), np.zeros(weights.shape[1])) / math.sqrt(len(bag)) + bias


def line_peaks(bag: list[int], weights: np.ndarray, count: int) -> list[float]:
    """The most and the least that single features say for the likeliest label but the first, against the first."""
    margins = sorted(float(weights[at, 1:].max() - weights[at, 0]) for at in bag)
    most = [margin for margin in reversed(margins) if margin > 0][:count]
    least = [margin for margin in margins if margin < 0][:count]
    return most + [0.0] * (count - len(most)) + least + [0.0] * (count - len(least))


def depth(page: str) -> int:
    """Deepest nesting of a page without comments, scripts and void elements."""
    now = deepest = 0
    for closing in re.findall(r"<(/?)[a-z]+>", page):
        now = max(0, now - 1) if closing else now + 1
        deepest = max(deepest, now)
    return deepest


def shape(line: str) -> dict[str, float]:
    """Some columns of `line_shapes`, for lines of Latin letters."""
    words = re.findall(r"[^\W_]+", line)
    letters = sum(c.isalpha() for c in line)
    digits = sum(c.isdigit() for c in line)
    marks = sum(not c.isalnum() and not c.isspace() for c in line)
    counted = max(1, letters + digits + marks)
    return {
        "length": math.log1p(len(line)),
        "words": math.log1p(len(words)),
        "digits": digits / counted,
        "upper": sum(c.isupper() for c in line) / counted,
        "marks": marks / counted,
        "commas": sum(c in ",;" for c in line),
        "stops": sum(c in ".!?" for c in line),
        "longest_word": max((len(word) for word in words), default=0),
    }


def window_mean(p: np.ndarray, chars: np.ndarray, i: int, reach: int = 6, full: int = 400) -> float:
    """Mean probability around block i, itself left out, by length."""
    others = [j for j in range(max(0, i - reach), min(len(p), i + reach + 1)) if j != i]
    weights = [min(chars[j], full) + 5 for j in others]
    return sum(w * p[j] for w, j in zip(weights, others, strict=True)) / sum(weights) if others else -1


def coverage(text: str, gold: str) -> float:
    """Share of the 4-word shingles of a text that stand in another."""
    words, known = re.findall(r"\w+", text.lower()), re.findall(r"\w+", gold.lower())
    shingles = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    pool = {tuple(known[i : i + 4]) for i in range(len(known) - 3)}
    return sum(x in pool for x in shingles) / len(shingles) if shingles else 0.0


def path(element: int, parent: list[int]) -> list[int]:
    """An element and all elements around it, outwards."""
    return [element, *path(parent[element], parent)] if element >= 0 else []


def way(a: int, b: int, parent: list[int]) -> tuple[int, int]:
    """Steps up from `a` to what holds both, and down to `b`."""
    first, second = path(a, parent), path(b, parent)
    both = next(e for e in first if e in second)
    return first.index(both), second.index(both)


def title_block(likeness: list[float], h1: list[bool]) -> int | None:
    """The block that the page's title names, of one document."""
    like = [i for i, value in enumerate(likeness) if value > 0.6 and value + 0.5 * h1[i] > 1.1]
    best = max(like, key=lambda i: likeness[i] + 0.5 * h1[i], default=None)
    return next((i for i, main in enumerate(h1) if main), None) if best is None else best


def place(i: int, title: int | None, headings: list[int], element: list[int], parent: list[int]) -> list[float]:
    """Columns of `anchors` that tell where block `i` of a document stands to its title and to the heading above."""
    above = max((h for h in headings if h < i), default=None)
    row = [math.nan] * 6
    if title is not None:
        row[:3] = math.copysign(math.log1p(abs(i - title)), i - title), *way(element[title], element[i], parent)
    if above is not None:
        row[3:] = math.log1p(i - above), *way(element[above], element[i], parent)
    return row


def boxes(
    i: int, levels: int, chars: list[float], linked: list[float], element: list[int], parent: list[int]
) -> list[float]:
    """Columns of `anchors` that describe the elements around block `i` of a document."""
    row: list[float] = []
    held: list[int] = []
    steps = 0
    for e in path(element[i], parent):
        inside = [j for j in range(len(element)) if e in path(element[j], parent)]
        steps += bool(held)
        if len(inside) > len(held) and len(row) < 4 * levels:
            text = sum(chars[j] for j in inside)
            row += sum(linked[j] for j in inside) / max(1, text), math.log1p(text), math.log1p(len(inside)), steps
            held, steps = inside, 0
    while len(row) < 4 * levels:  # nothing more around it: the root, after the steps up to it
        row += [*row[-4:-1], steps]
        steps = 0
    return row


def overlap(block: str, other: str, head: int) -> float:
    """Share of the token triples of the first `head` bytes of a block that stand in another text."""
    beginning = block.lower().encode()[:head].decode()
    words, known = _folded(beginning), _folded(other.lower())
    if len(words) > 3 and beginning != block.lower():
        words.pop()
    pool = _triples(known)
    found = [triple in pool for triple in _triples(words)]
    return math.nan if not known else sum(found) / max(1, len(found))


def _folded(text: str) -> list[str]:
    return [re.sub(r"\d+", "0", word) for word in re.findall(r"[一-鿿]|[^\W_一-鿿]+", text)]


def _triples(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))] if words else []


def joined(text: str, rows: list[tuple[int, int, int, int, float]]) -> list[tuple[str, int, int, float]]:
    """Rows of (start, end, line, label, score), those that follow one another of one line and label joined."""
    result = []
    for (line, label), group in groupby(rows, key=lambda row: row[2:4]):
        members = list(group)
        start, end = members[0][0], members[-1][1]
        weights = [b - a for a, b, *_ in members]
        score = sum(w * row[4] for w, row in zip(weights, members, strict=True)) / sum(weights)
        result.append((text[start:end], line, label, score))
    return result


_UNSPACED = "一-鿿ก-๛"


def concepts(line: str, meanings: dict[str, int]) -> list[int]:
    """What each token of a line means, 0 for nothing; entries are words, beginnings with a ``*``, or runs."""
    found = []
    for token in re.finditer(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+", line):
        if re.match(f"[{_UNSPACED}]", token[0]):
            run = re.match(f"[{_UNSPACED}]{{1,8}}", line[token.start() :])[0]
            found.append(_longest(run, 1, "", meanings))
        else:
            word = token[0]
            found.append(meanings.get(_after_digits(word)) or _longest(word, 2, "*", meanings))
    return found


def _longest(word: str, least: int, mark: str, meanings: dict[str, int]) -> int:
    beginnings = (_after_digits(word[:size]) for size in range(len(word), least - 1, -1))
    return next((meanings[x + mark] for x in beginnings if x and x + mark in meanings), 0)


def _after_digits(word: str) -> str:
    return re.split(r"\d", word)[-1]


def line_concepts(line: str, meanings: dict[str, int]) -> list[int]:
    """Concepts of a line; of a long one those of its first 320 and of its last 96 bytes."""
    raw = line.encode()
    parts = [raw] if len(raw) <= 416 else [raw[:320], raw[-96:]]
    return [concept for part in parts for concept in concepts(part.decode(), meanings)]


def concept_rows(found: list[int]) -> list[int]:
    """Rows of the features of a line: 64 concepts, their pairs, the first, the last, how many, and which share."""
    if not found:
        return []
    known = [(place, concept) for place, concept in enumerate(found) if concept]
    rows = [concept for _, concept in known]
    rows += [64 + 64 * a + b for (i, a), (j, b) in pairwise(known) if j - i <= 3]
    ends = 64 + 64 * 64
    rows += [ends + found[0], ends + 64 + found[-1]]
    return [*rows, ends + 128 + min(15, len(known)), ends + 144 + 15 * len(known) // len(found)]
