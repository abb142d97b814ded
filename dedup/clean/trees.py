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
# All of a node lies together: it is fetched from memory at once (4.6 µs a row instead of 6.4 with an array a field).
_NODE = np.dtype(
    [("threshold", "f4"), ("value", "f4"), ("left", "i4"), ("right", "i4"), ("feature", "i2"), ("missing_left", "i2")]
)


class Trees:
    """Boosted trees: arrays by the names in `TREE_FIELDS`, and the same as nodes.

    `roots` is (trees,), `baseline` (1,), the others have one entry a node. A node with `feature` −1 is a leaf. `value`
    is what a leaf adds, of an inner node what the tree would add if it stopped there.

    Raises
    ------
    ValueError
        The arrays do not fit one another.
    """

    def __init__(self, arrays: dict[str, Any]) -> None:
        self._arrays = arrays
        self.nodes = np.empty(arrays["feature"].shape, _NODE)
        for name in _NODE.fields or ():
            if arrays[name].shape != self.nodes.shape:
                raise ValueError("trees with nodes of the wrong shape")
            self.nodes[name] = arrays[name]

    def __getitem__(self, name: str) -> Any:
        return self._arrays[name]


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
    arrays = {
        "roots": roots,
        "feature": np.where(leaf, -1, table["feature_idx"]).astype(np.int16),
        "threshold": threshold,
        "left": (table["left"].astype(np.int64) + offset).astype(np.int32),
        "right": (table["right"].astype(np.int64) + offset).astype(np.int32),
        "missing_left": table["missing_go_to_left"].astype(np.uint8),
        "value": value,
        "baseline": np.asarray(model._baseline_prediction, np.float32).reshape(-1)[:1],
    }
    return Trees(arrays)


@jit
def _evaluate(features: Floats, nodes: Any, roots: Any, baseline: Any, out: Any) -> None:
    for row in range(features.shape[0]):
        total = np.float64(baseline)
        for root in roots:
            node = nodes[root]
            while node.feature >= 0:
                x = features[row, node.feature]
                go_left = x <= node.threshold or (node.missing_left == 1 and np.isnan(x))
                node = nodes[node.left if go_left else node.right]
            total += node.value
        out[row] = 1 / (1 + np.exp(-total))


def evaluate_trees(trees: Trees, features: Floats) -> Floats:
    """Probability of class 1 for each row of (rows, features) float32; NaN is a missing value."""
    out = np.empty(features.shape[0], np.float32)
    _evaluate(np.ascontiguousarray(features, np.float32), trees.nodes, trees["roots"], trees["baseline"][0], out)
    return out
