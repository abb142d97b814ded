"""What the linear models say of a block: of its words, of their meaning, and of the names of the elements around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.batch import Batch
from dedup.clean.concepts import Vocabulary, concept_scores
from dedup.clean.ngrams import Floats, Ints, bags, scores
from dedup.records import LABELS

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
