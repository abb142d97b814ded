"""The classifier as a file and as a function from blocks to labels.

Two stages. Linear models over hashed n-grams (`ngrams`) read the text of a block and the names of the elements around
it; boosted trees (`trees`) then decide body or not from that evidence, the block's shape and its context (`features`,
`context`), in two passes: the second sees what the first thought of the neighbourhood. Pages and plain text have trees
of their own. What is not body gets its kind from the linear models.

The file is an ``.npz`` of plain arrays, read without pickle: a JSON header (format, labels, names of the features,
training sets) and, for each part, its arrays. Weights are int8 with a scale a label.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup.clean.batch import Batch, gather
from dedup.clean.blocks import Blocks
from dedup.clean.concepts import MOST, ROWS, Vocabulary
from dedup.clean.context import SEQUENCE_NAMES, TREE_NAMES
from dedup.clean.evidence import Evidence, Linear, Readers, evidence, first_opinion
from dedup.clean.features import PAGE_NAMES, TEXT_NAMES, base_matrix, relations
from dedup.clean.ngrams import Floats, Ints
from dedup.clean.trees import TREE_FIELDS, Trees, evaluate_trees
from dedup.errors import ModelError
from dedup.records import LABELS, Favor

FORMAT = 2
"""Version of the file's layout and of the meaning of the features; a file of another version is refused."""
SHIPPED = Path(__file__).with_name("model.npz")
LINEAR = ("text", "concepts", "names")
PASSES = ("page1", "page2", "text1", "text2")
_HEADLINE = LABELS.index("headline")
# Of the lines over an article that are not body one in a few is its headline; among all lines one in a hundred.
_HEADLINE_PRIOR = np.float32(3.0)
# A main heading over the body is the headline, unless its words or names speak strongly for something else.
_MAIN_HEADING = np.float32(4.0)
FAVORS: dict[Favor, float] = {"precision": 3.0, "balanced": 1.0, "recall": 1 / 3}
"""How much worse kept furniture is than lost body, beside what the thresholds of a model take for granted.

The threshold that costs least has odds of (cost of kept furniture) / (cost of lost body), so these are factors on the
odds: with thresholds of 0.5 for pages and 0.15 for text, 3 gives 0.75 and 0.35, a third 0.25 and 0.06.
"""
# What the first pass is as sure of as this, the second is not asked about: of 120,000 such blocks of pages and lines of
# four corpora, it would have changed the label of none. They are three blocks of pages in four and half of the lines.
SURE = 0.98
_RETRAIN = "Take the model that came with this version, or train one with it"


@dataclass(slots=True)
class Prediction:
    """Labels of the blocks of a batch, in order."""

    labels: Ints
    scores: Floats
    """Probability of the label."""


@dataclass(slots=True)
class Model:
    """The parts of a trained classifier."""

    readers: Readers
    trees: dict[str, Trees]
    """By the names in `PASSES`."""
    thresholds: dict[str, float]
    """Probability of body from which a block stays, for ``page`` and ``text``."""
    about: dict[str, Any]
    """Where the weights come from: training sets with their licences, and figures."""

    def favoring(self, favor: Favor) -> Model:
        """Return the same model with other thresholds (`FAVORS`)."""
        factor = FAVORS[favor]
        moved = {kind: factor * at / (1 - at + factor * at) for kind, at in self.thresholds.items()}
        return self if favor == "balanced" else replace(self, thresholds=moved)

    def opinion(self, batch: Batch, seen: Evidence) -> Floats:
        """Probability of body for each block."""
        kind = "page" if batch.is_page else "text"
        base = base_matrix(batch, seen)
        opinion = first_opinion(seen)
        context = relations(batch, opinion)
        first = evaluate_trees(self.trees[kind + "1"], np.column_stack((base, context)))
        again = relations(batch, first)
        open_ = np.flatnonzero(np.abs(first - np.float32(0.5)) < SURE - 0.5)
        final = first.copy()
        rows = second_matrix(base[open_], context[open_], first[open_], again[open_])
        final[open_] = evaluate_trees(self.trees[kind + "2"], rows)
        return final

    def predict(self, documents: Sequence[Blocks], *, is_page: bool) -> Prediction:
        """Label the blocks of documents that all are pages with elements, or all are not."""
        batch = gather(documents, is_page=is_page)
        if batch.doc[-1] == 0:
            return Prediction(np.empty(0, np.int64), np.empty(0, np.float32))
        seen = evidence(batch, self.readers)
        body = self.opinion(batch, seen)
        is_body = body >= self.thresholds["page" if is_page else "text"]
        if is_page:
            is_body &= ~_link_runs(batch)
        labels = np.where(is_body, 0, kinds(batch, seen, is_body))
        return Prediction(labels, np.where(is_body, body, 1 - body).astype(np.float32))


def _link_runs(batch: Batch) -> npt.NDArray[np.bool_]:
    """Say which blocks are nothing but several links: 14 of 2,591 such blocks were body, in five labelled sets."""
    link_share, links = batch.dom[:, 0], batch.dom[:, 1]
    runs: npt.NDArray[np.bool_] = (link_share >= 0.9) & (links >= 3) & (batch.chars >= 40)
    return runs


def second_matrix(base: Floats, context: Floats, first: Floats, again: Floats) -> Floats:
    """Build what the second pass reads: all that the first read, the first's opinion, and the context under it."""
    return np.column_stack((base, context, first, again))


def kinds(batch: Batch, seen: Evidence, is_body: npt.NDArray[np.bool_]) -> Ints:
    """Choose the likeliest label other than body for each block; a headline stands before the body."""
    logits = seen.text + seen.concepts
    if seen.names is not None:
        logits += seen.names
    logits[:, 0] = -np.inf
    sizes = np.diff(batch.doc)
    document = np.repeat(np.arange(sizes.size), sizes)
    first_body = batch.doc[1:].copy()
    np.minimum.at(first_body, document[is_body], np.flatnonzero(is_body))
    before = np.arange(document.size) < first_body[document]
    logits[:, _HEADLINE] = np.where(before, logits[:, _HEADLINE] + _HEADLINE_PRIOR, -np.inf)
    if batch.is_page:
        logits[before & batch.inside("h1"), _HEADLINE] += _MAIN_HEADING
    result: Ints = logits.argmax(axis=1)
    return result


def quantise(linear: Linear) -> tuple[npt.NDArray[np.int8], Floats, Floats]:
    """Weights as int8 with a scale a label, and the bias."""
    weights, bias = linear
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6).astype(np.float32) / 127
    return np.rint(weights / scale).astype(np.int8), scale, bias


def dequantise(weights: npt.NDArray[np.int8], scale: Floats, bias: Floats) -> Linear:
    """Float weights again."""
    return np.ascontiguousarray(weights.astype(np.float32) * scale), bias


def save_model(model: Model, path: Path) -> None:
    """Write a model file."""
    path.write_bytes(encode_model(model))


def encode_model(model: Model) -> bytes:
    """Make the file; the same model makes the same bytes."""
    header = {
        "format": FORMAT,
        "labels": list(LABELS),
        "page_features": list(PAGE_NAMES),
        "text_features": list(TEXT_NAMES),
        "thresholds": model.thresholds,
        "about": model.about,
        "concepts": list(model.readers.vocabulary.names),
    }
    raw = json.dumps(header, sort_keys=True, ensure_ascii=False).encode()
    arrays: dict[str, Any] = {"header": np.frombuffer(raw, np.uint8)}
    for name in LINEAR:
        for part, array in zip(("weights", "scale", "bias"), quantise(getattr(model.readers, name)), strict=True):
            arrays[f"{name}_{part}"] = array
    arrays["vocabulary_keys"], arrays["vocabulary_codes"] = (
        model.readers.vocabulary.keys,
        model.readers.vocabulary.codes,
    )
    for kind, trees in model.trees.items():
        arrays.update({f"{kind}_{field}": trees[field] for field in TREE_FIELDS})
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def load_model(path: Path | None = None) -> Model:
    """Read a model file, by default the one that is shipped.

    Raises
    ------
    ModelError
        The file is missing, damaged or of another version.
    """
    path = path or SHIPPED
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays["header"].tobytes())
        _check_header(header, path)
        return _assemble(header, arrays)
    except ModelError:
        raise
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zipfile.error) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error) or type(error).__name__
        raise ModelError(f"not a readable model file ({reason})", where=str(path), hint=_RETRAIN) from error


def _check_header(header: Any, path: Path) -> None:
    if not isinstance(header, dict):
        raise ValueError("no header")
    if header.get("format") != FORMAT:
        what = f"model of format {header.get('format')}, this version reads format {FORMAT}"
        raise ModelError(what, where=str(path), hint=_RETRAIN)
    expected = {"labels": LABELS, "page_features": PAGE_NAMES, "text_features": TEXT_NAMES}
    for field, names in expected.items():
        if header.get(field) != list(names):
            raise ModelError(f"model with other {field.replace('_', ' ')}", where=str(path), hint=_RETRAIN)


def _assemble(header: dict[str, Any], arrays: dict[str, Any]) -> Model:
    linear = {}
    for name in LINEAR:
        weights, scale, bias = (arrays[f"{name}_{part}"] for part in ("weights", "scale", "bias"))
        rows = weights.shape[0]
        right = rows == ROWS if name == "concepts" else not rows & (rows - 1)
        if weights.shape[1:] != (len(LABELS),) or not right or bias.shape != (len(LABELS),):
            raise ValueError(f"{name} weights of the wrong shape")
        linear[name] = dequantise(weights, scale.astype(np.float32), bias.astype(np.float32))
    trees = {kind: Trees({field: arrays[f"{kind}_{field}"] for field in TREE_FIELDS}) for kind in PASSES}
    for kind, part in trees.items():
        _check_trees(part, feature_count(kind))
    thresholds = {kind: float(header["thresholds"][kind]) for kind in ("page", "text")}
    keys, codes = (arrays[f"vocabulary_{part}"] for part in ("keys", "codes"))
    if keys.dtype != np.uint64 or codes.dtype != np.uint8 or keys.shape != codes.shape or (keys[1:] <= keys[:-1]).any():
        raise ValueError("no vocabulary")
    if codes.max(initial=0) >= MOST:
        raise ValueError("concepts without a row")
    readers = Readers(**linear, vocabulary=Vocabulary(tuple(header["concepts"]), keys, codes))
    return Model(readers, trees, thresholds, header["about"])


def feature_count(kind: str) -> int:
    """Count the columns that a pass reads."""
    names = PAGE_NAMES if kind.startswith("page") else TEXT_NAMES
    if kind.endswith("1"):
        return len(names)
    return len(names) + 1 + len(SEQUENCE_NAMES) + (len(TREE_NAMES) if kind == "page2" else 0)


def _check_trees(trees: Trees, features: int) -> None:
    """Kernels do not check bounds: a damaged file must not read elsewhere or go round in circles."""
    nodes = np.arange(trees["feature"].size)
    inner = trees["feature"] >= 0
    fine = bool((trees["feature"] < features).all()) and trees["baseline"].shape == (1,)
    fine = fine and bool(((trees["roots"] >= 0) & (trees["roots"] < nodes.size)).all())
    for side in ("left", "right"):
        fine = fine and bool(((trees[side] > nodes) & (trees[side] < nodes.size))[inner].all())
    if not fine:
        raise ValueError("trees with impossible nodes")
