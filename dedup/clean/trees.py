"""Boosted trees as plain arrays.

scikit-learn's `HistGradientBoostingClassifier` grows them (Ke et al. 2017, "LightGBM"); what a prediction needs is a
node's feature, threshold and children. They are kept in one flat table, so that the shipped model needs no pickle and
loads under every version, and a kernel of a few lines evaluates them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import Floats

TREE_FIELDS = ("roots", "feature", "threshold", "left", "right", "missing_left", "value", "baseline")
Trees = dict[str, Any]
"""Arrays by the names in `TREE_FIELDS`: `roots` (trees,), `baseline` (1,), the others one entry a node.

A node with `feature` −1 is a leaf.
"""


def export_trees(model: Any) -> Trees:
    """Arrays of a fitted binary `HistGradientBoostingClassifier` without categorical features.

    Features are compared as float32. Thresholds are rounded down to float32, which decides every float32 value alike.
    """
    nodes = [predictor[0].nodes for predictor in model._predictors]
    roots = np.concatenate(([0], np.cumsum([len(part) for part in nodes])[:-1])).astype(np.int32)
    table = np.concatenate(nodes)
    offset = np.repeat(roots, [len(part) for part in nodes])
    leaf = table["is_leaf"].astype(bool)
    threshold = table["num_threshold"].astype(np.float32)
    above = threshold.astype(np.float64) > table["num_threshold"]
    threshold[above] = np.nextafter(threshold[above], np.float32(-np.inf))
    # Of inner nodes it is what the tree would say if it stopped there; only leaves have the learning rate in it yet.
    value = np.where(leaf, table["value"], table["value"] * model.learning_rate).astype(np.float32)
    return {
        "roots": roots,
        "feature": np.where(leaf, -1, table["feature_idx"]).astype(np.int16),
        "threshold": threshold,
        "left": (table["left"].astype(np.int64) + offset).astype(np.int32),
        "right": (table["right"].astype(np.int64) + offset).astype(np.int32),
        "missing_left": table["missing_go_to_left"].astype(np.uint8),
        "value": value,
        "baseline": np.asarray(model._baseline_prediction, np.float32).reshape(-1)[:1],
    }


@jit
def _evaluate(
    features: Floats,
    roots: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    missing_left: Any,
    value: Any,
    baseline: Any,
    out: Any,
) -> None:
    for row in range(features.shape[0]):
        total = np.float64(baseline[0])
        for root in roots:
            at = root
            while feature[at] >= 0:
                x = features[row, feature[at]]
                go_left = x <= threshold[at] or (missing_left[at] == 1 and np.isnan(x))
                at = left[at] if go_left else right[at]
            total += value[at]
        out[row] = 1 / (1 + np.exp(-total))


def evaluate_trees(trees: Trees, features: Floats) -> Floats:
    """Probability of class 1 for each row of (rows, features) float32; NaN is a missing value."""
    out = np.empty(features.shape[0], np.float32)
    arrays = [trees[name] for name in TREE_FIELDS]
    _evaluate(np.ascontiguousarray(features, np.float32), *arrays, out)  # type: ignore[call-arg]
    return out
