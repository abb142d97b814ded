"""Families of classifiers on the same features, cross-validated by site: does the one that is shipped earn its cost?

Linear evidence is made as in training, from models that did not see a page's site. Then each family learns body or not
from the features of two thirds of the sites and is judged on the pages of the others: F1 with the gold text (4-word
shingles, `dedup evaluate`), body blocks lost, and microseconds a block.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dedup.clean.batch import gather
from dedup.clean.concepts import read_vocabulary
from dedup.clean.evaluate import PARTS, page_f1, part_of
from dedup.clean.evidence import first_opinion
from dedup.clean.features import base_matrix, relations
from dedup.clean.labelled import FOLDS, read_seeds
from dedup.clean.labels import BODY
from dedup.clean.model import second_matrix
from dedup.clean.train import PASS_TREES, TREES, _held_out_evidence, _Lines, _row_weights, read_pages


def boosted(count):
    return HistGradientBoostingClassifier(max_iter=count, **TREES)


def scaled(model):
    return make_pipeline(StandardScaler(), model)


FAMILIES = {
    "logistic regression": lambda: scaled(LogisticRegression(max_iter=300)),
    "neural network (64)": lambda: scaled(MLPClassifier((64,), early_stopping=True, random_state=0)),
    "extremely randomised trees (200)": lambda: ExtraTreesClassifier(
        200, min_samples_leaf=5, n_jobs=-1, random_state=0
    ),
    "boosted trees (200)": lambda: boosted(PASS_TREES[1]),
}


def fitted(make, matrix, body, weights):
    model = make()
    name = f"{model.steps[-1][0]}__sample_weight" if hasattr(model, "steps") else "sample_weight"
    if name.startswith("mlp"):
        return model.fit(matrix, body)
    return model.fit(matrix, body, **{name: weights})


def judged(opinion, pages, batch, chosen):
    rows, lost, body = [], 0, 0
    for k in chosen:
        page, of_page = pages[k], opinion[batch.doc[k] : batch.doc[k + 1]] >= 0.5
        is_body = np.array(page.codes) == BODY
        kept = zip(page.blocks.texts, of_page, strict=True)
        rows.append((page.gold, "\n".join(text for text, stays in kept if stays), page.lang))
        lost, body = lost + (is_body & ~of_page).sum(), body + is_body.sum()
    return rows, lost, body


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--seeds", type=Path, default=Path("seeds"))
    parser.add_argument("--vocabulary", type=Path, default=Path("vocabulary"))
    options = parser.parse_args()
    pages = read_pages(options.pages)
    batch = gather([page.blocks for page in pages], is_page=True)
    lines = _Lines(pages, read_seeds(options.seeds), read_vocabulary(options.vocabulary))
    fold = np.repeat([page.fold for page in pages], np.diff(batch.doc))
    seen = _held_out_evidence(batch, [lines.fit(without=k) for k in range(FOLDS)], fold)
    base = base_matrix(batch, seen)
    matrix = np.nan_to_num(np.column_stack((base, relations(batch, first_opinion(seen)))), nan=-2.0)
    body = np.array([code == BODY for page in pages for code in page.codes])
    weights = _row_weights(pages, batch)
    part = np.repeat([part_of(page.group) for page in pages], np.diff(batch.doc))
    opinions = {"linear evidence alone": [first_opinion(seen), 0.0]}
    for name, make in FAMILIES.items():
        opinions[name] = crossed(make, matrix, body, weights, part)
    first = opinions["boosted trees (200)"][0]
    again = np.nan_to_num(second_matrix(base, matrix[:, base.shape[1] :], first, relations(batch, first)), nan=-2.0)
    opinions["boosted trees, two passes"] = crossed(FAMILIES["boosted trees (200)"], again, body, weights, part)
    opinions["boosted trees, two passes"][1] += opinions["boosted trees (200)"][1]
    print(f"{'family':<36}{'F1':>8}{'P':>8}{'R':>8}{'exact':>8}{'body lost':>11}{'µs a block':>12}")
    for name, (opinion, cost) in opinions.items():
        rows, lost, total = judged(opinion, pages, batch, range(len(pages)))
        score = page_f1(rows)
        shares = f"{score.f1:>8.4f}{score.precision:>8.4f}{score.recall:>8.4f}{score.exact:>8.3f}"
        print(f"{name:<36}{shares}{lost / total:>11.2%}{1e6 * cost:>12.1f}")


def crossed(make, matrix, body, weights, part):
    opinion, cost = np.empty(body.size, np.float32), 0.0
    for k in range(PARTS):
        model = fitted(make, matrix[part != k], body[part != k], weights[part != k])
        start = time.perf_counter()
        opinion[part == k] = model.predict_proba(matrix[part == k])[:, 1]
        cost += time.perf_counter() - start
    return [opinion, cost / body.size]


if __name__ == "__main__":
    main()
