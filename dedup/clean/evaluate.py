"""How good the cleaning is: the field's measure, and cross-validation by site.

The measure is that of the article extraction benchmark (Zyte, 2020): overlap of the multisets of 4-word shingles of the
cleaned and of the gold text, each page weighing the same. In scripts without spaces the words are letters.

`measure` takes a model as it is, which says little on pages of sites that it was trained on. `cross_validate` trains
one for each part of the sites, and measures it on the sites left out (`dedup evaluate`).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dedup.clean.blocks import Blocks
from dedup.clean.labels import BODY
from dedup.clean.model import Model
from dedup.clean.samples import Sample, Seed
from dedup.clean.train import Say, fit_model
from dedup.errors import InputError

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_BY_LETTER = frozenset({"zh", "ja", "ko", "th", "wuu"})
PARTS = 3
"""Parts of the sites in cross-validation."""
MIN_SITES = 2 * PARTS
"""Sites below which a part, or what is left to learn from, may be empty."""
MIN_PAGES = 5
"""Pages of a language from which it is measured by itself: with fewer the figures are chance."""
# Pages that a model labels at once, which bounds memory.
_AT_ONCE = 256


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


def measure(model: Model, pages: Sequence[Sample]) -> dict[tuple[str, str], tuple[PageScore, float]]:
    """Score of a model and share of clean lines that it loses, by set and language.

    The language is empty for all pages of a set; others are there with at least `MIN_PAGES` pages, but not all of them.
    """
    rows: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    lost: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for start in range(0, len(pages), _AT_ONCE):
        part = pages[start : start + _AT_ONCE]
        for page, text in zip(part, cleaned_texts(model, part), strict=True):
            lines = lines_lost(model, [page.gold])
            for key in dict.fromkeys(((page.set_name, ""), (page.set_name, page.lang))):
                rows[key].append((page.gold, text, page.lang))
                lost[key].append(lines)
    kept = sorted(key for key in rows if not key[1] or MIN_PAGES <= len(rows[key]) < len(rows[key[0], ""]))
    return {key: (page_f1(rows[key]), _share(lost[key])) for key in kept}


def _share(counts: Sequence[tuple[int, int]]) -> float:
    return sum(part for part, _ in counts) / max(1, sum(whole for _, whole in counts))


def part_of(site: str) -> int:
    """Part of a site in cross-validation; independent of the folds inside training."""
    return zlib.crc32(b"part:" + site.encode("utf-8", "replace")) % PARTS


def cross_validate(
    pages: Sequence[Sample], seeds: Sequence[Seed], others: Sequence[Sample] = (), *, say: Say = lambda _: None
) -> dict[str, tuple[PageScore, float]]:
    """Score and share of clean lines lost of each set, every page judged by a model that did not see its site.

    Pages of `others` are judged by the models of the parts they fall into, too, but no model learns from them.

    Raises
    ------
    InputError
        The pages are of fewer than `MIN_SITES` sites.
    """
    sites = len({page.group for page in pages if not page.clean_only})
    if sites < MIN_SITES:
        what = f"labelled pages of {sites} sites are too few to cross-validate"
        raise InputError(what, hint=f"Give pages of at least {MIN_SITES} sites, with their url")
    rows: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    lost: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for part in range(PARTS):
        say(f"part {part + 1} of {PARTS}")
        model = fit_model([page for page in pages if part_of(page.group) != part], seeds, say=say)
        held_out = [page for page in (*pages, *others) if part_of(page.group) == part]
        for page, text in zip(held_out, cleaned_texts(model, held_out), strict=True):
            rows[page.set_name].append((page.gold, text, page.lang))
            lost[page.set_name].append(lines_lost(model, [page.gold]))
    return {name: (page_f1(rows[name]), _share(lost[name])) for name in rows}
