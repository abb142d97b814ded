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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedup.clean.blocks import Blocks
from dedup.clean.concepts import Vocabulary
from dedup.clean.labelled import Sample, Seed
from dedup.clean.labels import BODY, LABEL_CODES, signed_kind
from dedup.clean.model import Model
from dedup.clean.train import Say, fit_model
from dedup.errors import InputError
from dedup.records import CONTENT_LABELS

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_BY_LETTER = frozenset({"zh", "ja", "ko", "th", "wuu"})
PARTS = 3
"""Parts of the sites in cross-validation."""
MIN_SITES = 2 * PARTS
"""Sites below which a part, or what is left to learn from, may be empty."""
MIN_PAGES = 5
"""Pages of a language from which it is measured by itself: with fewer the figures are chance."""
INSIDE = tuple(LABEL_CODES[name] for name in ("related", "signup", "share", "advert"))
"""Furniture that sites set between paragraphs."""
Codes = npt.NDArray[np.int64]
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


@dataclass(slots=True, frozen=True)
class Score:
    """How well some pages are cleaned, as pages and as plain text; the shares are of blocks or lines."""

    page: PageScore
    body_lost: float
    """Of the body blocks of the pages."""
    inside_gone: float
    """Of related titles, newsletter boxes, share buttons and adverts between body blocks; by their elements' names."""
    lines_lost: float
    """Of the lines of the gold texts, given as plain text."""
    furniture_f1: float
    """Furniture in the plain renderings of the pages: all visible text, a block a line."""
    body_recall: float
    """Body kept in these."""


class Tally:
    """Counts over pages, from which scores are made."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []
        self._counts: Counter[str] = Counter()

    def add(self, page: Sample, on_page: Codes, as_text: Codes, of_gold: Codes) -> None:
        """Add a page with the labels of its blocks, of the lines of its rendering, and of the lines of its gold."""
        texts = page.blocks.texts
        self._rows.append(
            (page.gold, "\n".join(x for x, code in zip(texts, on_page, strict=True) if code == BODY), page.lang)
        )
        codes = np.array(page.codes)
        sure = np.array(page.weights) == 1
        body, furniture = sure & (codes == BODY), sure & (codes >= len(CONTENT_LABELS))
        inside = _inside(page, body)
        gone = as_text != BODY
        self._counts.update(
            body=body.sum(), body_lost=(body & (on_page != BODY)).sum(),
            inside=inside.sum(), inside_gone=(inside & (on_page != BODY)).sum(),
            lines=of_gold.size, lines_lost=(of_gold != BODY).sum(),
            furniture=furniture.sum(), taken=(gone & (furniture | body)).sum(), right=(gone & furniture).sum(),
            kept=(body & ~gone).sum(),
        )  # fmt: skip

    def score(self) -> Score:
        """Make the scores."""
        return Score(
            page_f1(self._rows),
            self._share("body_lost", "body"),
            self._share("inside_gone", "inside"),
            self._share("lines_lost", "lines"),
            float(2 * self._counts["right"] / max(1, self._counts["taken"] + self._counts["furniture"])),
            self._share("kept", "body"),
        )

    def __len__(self) -> int:
        return len(self._rows)

    def _share(self, part: str, whole: str) -> float:
        return float(self._counts[part] / max(1, self._counts[whole]))


def _inside(page: Sample, body: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Furniture between body blocks whose kind a sign tells; the guessed kinds are wrong too often to be counted."""
    result = np.zeros(body.size, bool)
    places = np.flatnonzero(body)
    for i in range(places[0], places[-1]) if places.size else ():
        result[i] = page.codes[i] in INSIDE and signed_kind(page.blocks, i) == page.codes[i]
    return result


def tally(model: Model, pages: Sequence[Sample], tallies: Callable[[Sample], Iterable[Tally]]) -> None:
    """Label pages and add each to the tallies that it belongs to."""
    for start in range(0, len(pages), _AT_ONCE):
        part = pages[start : start + _AT_ONCE]
        blocks = [page.blocks for page in part]
        on_page = _predicted(model, blocks, is_page=True)
        as_text = _predicted(model, [_lines(x.texts) for x in blocks], is_page=False)
        of_gold = _predicted(model, [_lines(page.gold.split("\n")) for page in part], is_page=False)
        for row in zip(part, on_page, as_text, of_gold, strict=True):
            for one in tallies(row[0]):
                one.add(*row)


def _lines(texts: Iterable[str]) -> Blocks:
    lines = [line.strip() for line in texts if line.strip()]
    return Blocks(texts=lines, lines=list(range(1, len(lines) + 1)))


def _predicted(model: Model, documents: Sequence[Blocks], *, is_page: bool) -> list[Codes]:
    labels = model.predict(documents, is_page=is_page).labels
    return np.split(labels, np.cumsum([len(document) for document in documents])[:-1])


def measure(model: Model, pages: Sequence[Sample]) -> dict[tuple[str, str], Score]:
    """Score a model by set and language.

    The language is empty for all pages of a set; others are there with at least `MIN_PAGES` pages, but not all of them.
    """
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    tally(model, pages, lambda page: _of(page, tallies))
    return _scores(tallies)


def _of(page: Sample, tallies: dict[tuple[str, str], Tally]) -> list[Tally]:
    return [tallies[key] for key in dict.fromkeys(((page.set_name, ""), (page.set_name, page.lang)))]


def _scores(tallies: dict[tuple[str, str], Tally]) -> dict[tuple[str, str], Score]:
    kept = sorted(key for key in tallies if not key[1] or MIN_PAGES <= len(tallies[key]) < len(tallies[key[0], ""]))
    return {key: tallies[key].score() for key in kept}


def part_of(site: str) -> int:
    """Part of a site in cross-validation; independent of the folds inside training."""
    return zlib.crc32(b"part:" + site.encode("utf-8", "replace")) % PARTS


def cross_validate(
    pages: Sequence[Sample],
    seeds: Sequence[Seed],
    vocabulary: Vocabulary,
    others: Sequence[Sample] = (),
    *,
    say: Say = lambda _: None,
) -> dict[tuple[str, str], Score]:
    """Score sets and their languages, every page judged by a model that did not see its site.

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
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for part in range(PARTS):
        say(f"part {part + 1} of {PARTS}")
        model = fit_model([page for page in pages if part_of(page.group) != part], seeds, vocabulary, say=say)
        held_out = [page for page in (*pages, *others) if part_of(page.group) == part]
        tally(model, held_out, lambda page: _of(page, tallies))
    return _scores(tallies)
