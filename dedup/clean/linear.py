"""Fitting the linear models over hashed bags (see `ngrams`): multinomial logistic regression by AdaGrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import Floats, Ints

# A label whose probability is this near to the truth moves nothing: most of the 13 are, most of the time.
_SETTLED = 0.01


@jit
def _fit(
    indptr: Any,
    indices: Any,
    targets: Any,
    sample_weight: Any,
    order: Any,
    weights: Any,
    bias: Any,
    squares: Any,
    bias_squares: Any,
    rate: Any,
    decay: Any,
) -> None:
    """One pass of AdaGrad over the rows in `order`."""
    classes = weights.shape[1]
    logits = np.empty(classes, np.float32)
    for row in order:
        first, last = indptr[row], indptr[row + 1]
        if first == last:
            continue
        scale = np.float32(1 / np.sqrt(last - first))
        logits[:] = bias
        for k in range(first, last):
            at = indices[k]
            for label in range(classes):
                logits[label] += weights[at, label] * scale
        top = logits.max()
        total = np.float32(0)
        for label in range(classes):
            logits[label] = np.exp(logits[label] - top)
            total += logits[label]
        for label in range(classes):
            gradient = logits[label] / total
            if label == targets[row]:
                gradient -= 1
            gradient *= sample_weight[row]
            if abs(gradient) < _SETTLED:
                continue
            bias_squares[label] += gradient * gradient
            bias[label] -= rate * gradient / np.sqrt(bias_squares[label])
            step = gradient * scale
            for k in range(first, last):
                at = indices[k]
                slope = step + decay * weights[at, label]
                squares[at, label] += slope * slope
                weights[at, label] -= rate * slope / np.sqrt(squares[at, label])


def fit_linear(
    indptr: Ints,
    indices: np.ndarray,
    targets: Ints,
    sample_weight: Floats,
    classes: int,
    rows: int,
    *,
    groups: Ints | None = None,
    min_groups: int = 3,
    epochs: int = 3,
    rate: float = 0.1,
    decay: float = 1e-5,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Weights (rows, classes) and bias (classes,).

    With `groups` (the site of each line) features seen on fewer than `min_groups` sites keep the weight 0: what one
    site says, another does not.
    """
    if groups is not None:
        keep = _spread(indptr, indices, groups, rows) >= min_groups
        indptr, indices = _filter(indptr, indices, keep)
    rng = np.random.default_rng(seed)
    weights = np.zeros((rows, classes), np.float32)
    bias = np.zeros(classes, np.float32)
    squares = np.full((rows, classes), 1e-2, np.float32)
    bias_squares = np.full(classes, 1.0, np.float32)
    for _ in range(epochs):
        order = rng.permutation(targets.size)
        _fit(
            indptr,
            indices,
            targets,
            sample_weight,
            order,
            weights,
            bias,
            squares,
            bias_squares,
            np.float32(rate),
            np.float32(decay),
        )
    return weights, bias


def _spread(indptr: Ints, indices: np.ndarray, groups: Ints, rows: int) -> Ints:
    """Count the groups that each feature was seen in."""
    of_feature = np.repeat(groups, np.diff(indptr)).astype(np.int64)
    pairs = np.unique(indices.astype(np.int64) * (int(groups.max(initial=0)) + 1) + of_feature)
    counts: Ints = np.bincount(pairs // (int(groups.max(initial=0)) + 1), minlength=rows)
    return counts


def _filter(indptr: Ints, indices: np.ndarray, keep: np.ndarray) -> tuple[Ints, np.ndarray]:
    kept = keep[indices]
    totals = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return totals[indptr], indices[kept]
