"""Training the classifier (`dedup train`).

Stacking, by site: the linear models' evidence and the first pass's opinion that the trees learn from are made by models
that did not see the site (Wolpert 1992, "Stacked generalization"); otherwise the trees would trust what was learned by
heart. The same data makes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedup.clean.batch import Batch, gather
from dedup.clean.concepts import ROWS, Vocabulary, concept_bags
from dedup.clean.evidence import Evidence, Linear, Readers, evidence, first_opinion, name_bags
from dedup.clean.features import base_matrix, relations
from dedup.clean.labelled import FOLDS, Sample, Seed, label_page, read_labels, read_lines
from dedup.clean.labels import BODY
from dedup.clean.linear import fit_linear
from dedup.clean.model import Model, dequantise, quantise, second_matrix
from dedup.clean.ngrams import Floats, Ints, bags, join_lines
from dedup.clean.samples import cropped, disguised, plain_samples, seed_samples
from dedup.clean.trees import Trees, evaluate_trees, export_trees
from dedup.errors import DedupError, InputError
from dedup.records import LABELS

TEXT_BITS = 16
NAME_BITS = 15
# Seed lines are few, written for the purpose and right; the kinds of a page's furniture are many and guessed. At these
# weights held-out seed lines are told from body best (AUC 0.912; 0.887 at weights 4 and 1) at no loss on pages.
SEED_WEIGHT = 8.0
KIND_WEIGHT = 0.4
TREES: dict[str, Any] = {
    "learning_rate": 0.08,
    "max_features": 0.4,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "max_bins": 127,
    "early_stopping": False,
    "random_state": 0,
}
# Trees of the first pass, whose opinion is only evidence, and of the second, which decides.
PASS_TREES = (100, 200)
# Blocks farther than this from any body block are mostly menus that look alike; one in three is enough.
FAR = 8
FAR_SHARE = 0.34
# One page in so many comes once more with its words or names disguised (see `samples.disguised`).
DISGUISED = 3
# Below one half for plain text: a lost paragraph costs a reader more than a kept menu entry. At 0.5 clean agency copy
# loses 0.5 % of its lines and gold texts some 2 %, at 0.25 0.1 % and 0.8 %; one furniture line in eight stays for it.
THRESHOLDS = {"page": 0.5, "text": 0.25}

# More rows than this gain nothing that can be measured.
MAX_ROWS = 240_000

Say = Callable[[str], object]


def fit_model(
    pages: Sequence[Sample],
    seeds: Sequence[Seed],
    vocabulary: Vocabulary,
    *,
    about: dict[str, Any] | None = None,
    say: Say = lambda _: None,
) -> Model:
    """Train on labelled pages and seed lines.

    Raises
    ------
    InputError
        The pages are of too few sites.
    DedupError
        scikit-learn is missing.
    """
    _check_possible(pages)
    plain = [
        sample for page in pages for sample in plain_samples(page, [seed for seed in seeds if seed.fold == page.fold])
    ]
    plain += seed_samples(seeds)
    pages = [page for page in pages if not page.clean_only]
    lines = _Lines(pages, seeds, vocabulary)
    folds = [lines.fit(without=fold) for fold in range(FOLDS)]
    readers = lines.fit(without=None)
    say("linear models fitted")
    small = [page for page in map(cropped, pages) if page is not None]
    parts = {"page": [*pages, *(disguised(page) for page in pages[::DISGUISED]), *small], "text": plain}
    batches = {kind: gather([s.blocks for s in samples], is_page=kind == "page") for kind, samples in parts.items()}
    say(f"{len(pages)} pages, {len(plain)} plain texts, {sum(b.doc[-1] for b in batches.values())} blocks")
    trees: dict[str, Trees] = {}
    for kind, samples in parts.items():
        passes = _fit_passes(samples, batches[kind], folds)
        trees[kind + "1"], trees[kind + "2"] = passes
        say(f"trees for {kind} fitted")
    return Model(readers, trees, dict(THRESHOLDS), about or {})


class _Lines:
    """The material of the linear models: distinct lines of each site, the names around blocks, and the seeds."""

    def __init__(self, pages: Sequence[Sample], seeds: Sequence[Seed], vocabulary: Vocabulary) -> None:
        batch = gather([page.blocks for page in pages], is_page=True)
        codes = np.array([code for page in pages for code in page.codes], np.int64)
        weights = np.array([weight for page in pages for weight in page.weights], np.float32)
        sizes = np.diff(batch.doc)
        sites = {site: number for number, site in enumerate(dict.fromkeys(page.group for page in pages))}
        group = np.repeat([sites[page.group] for page in pages], sizes).astype(np.int64)
        fold = np.repeat([page.fold for page in pages], sizes).astype(np.int64)
        seen: dict[tuple[int, str, int], None] = {}
        first = []
        texts = [text for page in pages for text in page.blocks.texts]
        for i, key in enumerate(zip(group.tolist(), texts, codes.tolist(), strict=True)):
            if key not in seen:
                seen[key] = None
                first.append(i)
        own = np.arange(len(seeds)) + len(sites)
        lines = [texts[i] for i in first] + [seed.text for seed in seeds]
        self.vocabulary = vocabulary
        joined = join_lines([line.lower().replace("\n", " ") for line in lines])
        self.text_bags, self.concept_bags = bags(*joined, TEXT_BITS), concept_bags(*joined, vocabulary)
        self.text_codes = np.concatenate((codes[first], np.array([seed.code for seed in seeds], np.int64)))
        guessed = np.where(codes[first] == BODY, 1, KIND_WEIGHT).astype(np.float32)
        self.text_weights = np.concatenate((weights[first] * guessed, np.full(len(seeds), SEED_WEIGHT, np.float32)))
        self.text_groups = np.concatenate((group[first], own)).astype(np.int64)
        self.text_folds = np.concatenate((fold[first], np.array([seed.fold for seed in seeds], np.int64)))
        distinct = np.sort(np.unique(batch.element * len(LABELS) + codes, return_index=True)[1])
        self.name_bags = _take(name_bags(batch, NAME_BITS), distinct)
        self.codes, self.weights, self.groups, self.folds = (x[distinct] for x in (codes, weights, group, fold))

    def fit(self, without: int | None) -> Readers:
        """Models from all folds but one, or from all; rounded as they will be stored."""
        of_lines = self.text_codes, self.text_weights, self.text_groups, self.text_folds != without
        text = _fit_rows(self.text_bags, *of_lines, 2, 1 << TEXT_BITS)
        concepts = _fit_rows(self.concept_bags, *of_lines, 2, ROWS)
        of_names = self.codes, self.weights, self.groups, self.folds != without
        names = _fit_rows(self.name_bags, *of_names, 4, 1 << NAME_BITS)
        return Readers(text, concepts, names, self.vocabulary)


def _fit_rows(
    bag: tuple[Ints, np.ndarray], codes: Ints, weights: Floats, groups: Ints, keep: np.ndarray, spread: int, rows: int
) -> Linear:
    indptr, indices = _take(bag, np.flatnonzero(keep))
    linear = fit_linear(
        indptr, indices, codes[keep], weights[keep], len(LABELS), rows, groups=groups[keep], min_groups=spread
    )
    return dequantise(*quantise(linear))


def _take(bag: tuple[Ints, np.ndarray], rows: Ints) -> tuple[Ints, np.ndarray]:
    """Take some rows of a compressed bag, in order."""
    indptr, indices = bag
    keep = np.zeros(indptr.size - 1, bool)
    keep[rows] = True
    sizes = np.diff(indptr)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes[keep]))), indices[np.repeat(keep, sizes)]


def _fit_passes(samples: Sequence[Sample], batch: Batch, folds: list[Readers]) -> tuple[Trees, Trees]:
    codes = np.array([code for sample in samples for code in sample.codes])
    sizes = np.diff(batch.doc)
    fold = np.repeat([sample.fold for sample in samples], sizes)
    weights = _row_weights(samples, batch)
    train = _training_rows(codes == BODY, batch.doc)
    seen = _held_out_evidence(batch, folds, fold)
    base = base_matrix(batch, seen)
    context = relations(batch, first_opinion(seen))
    matrix = np.column_stack((base, context))
    opinion = np.empty(codes.size, np.float32)
    for part in range(FOLDS):
        trees = _fit_trees(PASS_TREES[0], matrix, codes == BODY, weights, train & (fold != part))
        opinion[fold == part] = evaluate_trees(trees, matrix[fold == part])
    first = _fit_trees(PASS_TREES[0], matrix, codes == BODY, weights, train)
    again = second_matrix(base, context, opinion, relations(batch, opinion))
    return first, _fit_trees(PASS_TREES[1], again, codes == BODY, weights, train)


def _held_out_evidence(batch: Batch, folds: list[Readers], fold: Ints) -> Evidence:
    parts = [evidence(batch, readers) for readers in folds]
    seen = parts[0]
    for k, part in enumerate(parts):
        rows = fold == k
        seen.text[rows], seen.concepts[rows], seen.peaks[rows] = part.text[rows], part.concepts[rows], part.peaks[rows]
        if seen.names is not None and seen.near is not None and part.names is not None and part.near is not None:
            seen.names[rows], seen.near[rows] = part.names[rows], part.near[rows]
    return seen


def _row_weights(samples: Sequence[Sample], batch: Batch) -> Floats:
    """Weigh long blocks more, and pages by the root of their number of blocks: the measure averages over pages."""
    weights = np.array([weight for sample in samples for weight in sample.weights], np.float32)
    weights *= np.sqrt(5 + np.expm1(batch.shapes[:, 1]))
    for first, last in zip(batch.doc, batch.doc[1:], strict=False):
        total = weights[first:last].sum()
        if total > 0:
            weights[first:last] *= np.sqrt(last - first) / total
    scaled: Floats = weights / weights.mean()
    return scaled


def _training_rows(body: np.ndarray, doc: Ints) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = _near_body(body, doc) | (rng.random(body.size) < FAR_SHARE)
    chosen: np.ndarray = rows & (rng.random(body.size) < MAX_ROWS / max(1, rows.sum()))
    return chosen


def _near_body(body: np.ndarray, doc: Ints) -> np.ndarray:
    near = np.zeros(body.size, bool)
    for at in np.flatnonzero(body):
        near[max(0, at - FAR) : at + FAR + 1] = True
    return near


def _fit_trees(count: int, matrix: Floats, target: np.ndarray, weights: Floats, rows: np.ndarray) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    known = matrix[rows]
    # scikit-learn 1.9 fails on columns without a value in any row that weighs something.
    known[:, np.isnan(known[weights[rows] > 0]).all(axis=0)] = 0
    model = HistGradientBoostingClassifier(max_iter=count, **TREES)
    model.fit(known, target[rows], sample_weight=weights[rows])
    return export_trees(model)


def _check_possible(pages: Sequence[Sample]) -> None:
    """Say at once what would fail after minutes."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise DedupError("training needs scikit-learn", hint="Install it with: pip install scikit-learn") from error
    articles = [page for page in pages if not page.clean_only]
    if len({page.fold for page in articles}) < 2:
        what = f"{len(articles)} labelled pages of {len({page.group for page in articles})} sites are too few to train"
        raise InputError(what, hint="Each page is judged by models that did not see its site: give pages of more sites")
    is_body = {code == BODY for page in articles for code in page.codes}
    if len(is_body) < 2:
        what = f"{'every' if is_body == {True} else 'no'} block of the labelled pages is body"
        raise InputError(what, hint="`html` is the whole page, and `text` its body in the page's own words")


def read_pages(
    paths: Sequence[Path],
    *,
    clean_only: bool = False,
    labels: Sequence[Path] = (),
    on_skipped: Callable[[str], object] = lambda _: None,
) -> list[Sample]:
    """Labelled pages of JSONL files; `on_skipped` is told the ids of pages that have no gold text or no tree."""
    by_hand = {page: rows for path in labels for page, rows in read_labels(path).items()}
    found = []
    for row, set_name in ((row, path.name.split(".")[0]) for path in paths for row in read_lines(path)):
        page = label_page(row, set_name, by_hand)
        if page is None:
            on_skipped(row["id"])
        else:
            page.clean_only = clean_only
            found.append(page)
    return found
