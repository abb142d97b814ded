"""Slow, obvious twins of the kernels of `dedup.clean`."""

from __future__ import annotations

import math
import re

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
