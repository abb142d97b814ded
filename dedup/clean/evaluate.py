"""How good the cleaning is: the field's measure, and cross-validation by site.

The measure is that of the article extraction benchmark (Zyte, 2020): overlap of the multisets of 4-word shingles of the
cleaned and of the gold text, each page weighing the same. In scripts without spaces the words are letters.

``python -m dedup.clean.evaluate --seeds seeds --pages a.jsonl.zst … --measure b.jsonl.zst …`` trains as `train` does,
once for each part of the sites, and measures on the sites left out; sets given with ``--measure`` are only measured.
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dedup.clean.blocks import Blocks
from dedup.clean.labels import BODY
from dedup.clean.model import Model
from dedup.clean.samples import Sample, Seed, read_seeds
from dedup.clean.train import fit_model, read_pages

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_BY_LETTER = frozenset({"zh", "ja", "ko", "th", "wuu"})
PARTS = 3
"""Parts of the sites in cross-validation."""


@dataclass(slots=True, frozen=True)
class PageScore:
    """Averages over pages."""

    f1: float
    precision: float
    recall: float
    exact: float
    """Share of pages whose words are exactly the gold text's."""
    pages: int

    def __str__(self) -> str:
        parts = f"F1 {self.f1:.4f} P {self.precision:.4f} R {self.recall:.4f} exact {self.exact:.3f}"
        return f"{parts} pages {self.pages}"


def _shingles(text: str, lang: str) -> Counter[tuple[str, ...]]:
    words = [c for c in text if c.isalnum()] if lang in _BY_LETTER else _TOKEN.findall(text)
    if not words:
        return Counter()
    return Counter(tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1)))


def page_f1(rows: Iterable[tuple[str, str, str]]) -> PageScore:
    """Score of `(gold, cleaned, language)` of pages."""
    hits = extra = missed = 0.0
    exact = pages = 0
    for gold, cleaned, lang in rows:
        want, got = _shingles(gold, lang), _shingles(cleaned, lang)
        common = sum((want & got).values())
        total = sum(want.values()) + sum(got.values()) - common
        if total:
            hits += common / total
            extra += (sum(got.values()) - common) / total
            missed += (sum(want.values()) - common) / total
        exact += _TOKEN.findall(gold) == _TOKEN.findall(cleaned)
        pages += 1
    precision = hits / (hits + extra) if hits + extra else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return PageScore(f1, precision, recall, exact / max(1, pages), pages)


def cleaned_texts(model: Model, pages: Sequence[Sample]) -> list[str]:
    """Body text of each page under a model."""
    labels = model.predict([page.blocks for page in pages], is_page=True).labels.tolist()
    texts = []
    at = 0
    for page in pages:
        of_page = labels[at : at + len(page.blocks)]
        at += len(page.blocks)
        texts.append("\n".join(x for x, code in zip(page.blocks.texts, of_page, strict=True) if code == BODY))
    return texts


def lines_lost(model: Model, texts: Sequence[str]) -> tuple[int, int]:
    """Lines of clean texts that a model takes for furniture, and lines in all."""
    documents: list[Blocks] = []
    for text in texts:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        documents.append(Blocks(texts=lines, lines=list(range(1, len(lines) + 1))))
    labels = model.predict(documents, is_page=False).labels
    return int((labels != BODY).sum()), int(labels.size)


def part_of(site: str) -> int:
    """Part of a site in cross-validation; independent of the folds inside training."""
    return zlib.crc32(b"part:" + site.encode("utf-8", "replace")) % PARTS


def cross_validate(
    pages: Sequence[Sample], seeds: Sequence[Seed], others: Sequence[Sample] = ()
) -> dict[str, tuple[PageScore, float]]:
    """Score and share of clean lines lost of each set, every page judged by a model that did not see its site.

    Pages of `others` are judged by the models of the parts they fall into, too, but no model learns from them.
    """
    rows: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    lost: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part in range(PARTS):
        model = fit_model([page for page in pages if part_of(page.group) != part], seeds)
        held_out = [page for page in (*pages, *others) if part_of(page.group) == part]
        for page, text in zip(held_out, cleaned_texts(model, held_out), strict=True):
            rows[page.set_name].append((page.gold, text, page.lang))
            lost[page.set_name].append(lines_lost(model, [page.gold]))
    return {
        name: (page_f1(rows[name]), sum(x for x, _ in lost[name]) / max(1, sum(x for _, x in lost[name])))
        for name in rows
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Cross-validate from the command line."""
    parser = argparse.ArgumentParser(prog="python -m dedup.clean.evaluate", description="Cross-validate by site.")
    parser.add_argument("--seeds", type=Path, required=True)
    parser.add_argument("--pages", type=Path, nargs="+", required=True)
    parser.add_argument("--clean-pages", type=Path, nargs="*", default=[])
    parser.add_argument("--measure", type=Path, nargs="*", default=[])
    options = parser.parse_args(arguments)
    pages = read_pages(options.pages) + read_pages(options.clean_pages, clean_only=True)
    scores = cross_validate(pages, read_seeds(options.seeds), read_pages(options.measure))
    for name, (score, lost) in scores.items():
        sys.stdout.write(f"{name}: {score}, clean lines lost {lost:.4%}\n")


if __name__ == "__main__":
    main()
