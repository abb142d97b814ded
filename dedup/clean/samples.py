"""What the classifier learns from: labelled pages, and plain texts made of them.

A model that has seen whole pages only loses body on text that is already half clean: nothing stands around it. So every
page comes as plain text in several dresses: all visible blocks a line each; the gold text alone, as it is or wrapped at
some 70 characters as agencies send it; and the body with a few lines of furniture, some of the page's own, some of the
seed lines, before it, inside it and after it, on lines of their own or all in one line.
"""

from __future__ import annotations

import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dedup.clean.blocks import LONG_LINE, Blocks, Elements, text_blocks
from dedup.clean.labelled import FOLDS, Sample, Seed, fold_of
from dedup.clean.labels import BODY, LABEL_CODES
from dedup.clean.structured import Facts
from dedup.records import CONTENT_LABELS

Row = tuple[str, int, float]
"""A line, its label's code and its weight."""
# Lines of gold text that one plain text takes, at least and at most.
MIN_LINES, MAX_LINES = 1, 80
# Documents made of the seed lines of one language, for each fold.
SEED_DOCUMENTS = 8
# Share of the gaps between paragraphs that furniture stands in, at most.
MOST_BETWEEN = 0.4
_STOPS = ".!?。！？؟۔।"
# Share of a sentence that one label must have, where furniture was glued to it, to teach with full weight.
_PURE = 0.8
# Labels of body, of what stands beside it, and of furniture.
_PARTS_OF_TEXT = ((BODY, BODY + 1), (BODY + 1, len(CONTENT_LABELS)), (len(CONTENT_LABELS), len(LABEL_CODES)))


def disguised(page: Sample) -> Sample:
    """Make a page of it whose words, or whose names of elements, no model can know.

    Otherwise the trees lean on words and class names that they find again on most of the pages they learn from, and
    fail where a page is in a language without seeds, or of the years when pages were made of nameless tables.
    """
    rng = np.random.default_rng(zlib.crc32(b"disguise:" + page.id.encode("utf-8", "replace")))
    mode = int(rng.integers(0, 3))
    blocks = page.blocks
    if mode != 0:
        table = _cipher(rng)
        facts = replace(blocks.facts, **{name: getattr(blocks.facts, name).translate(table) for name in _TEXT_FACTS})
        blocks = replace(blocks, texts=[text.translate(table) for text in blocks.texts], facts=facts)
    if mode != 1 and blocks.elements is not None:
        names = [name.split(">", 1)[0] + ">" for name in blocks.elements.names]
        blocks = replace(blocks, elements=replace(blocks.elements, names=names))
    return replace(page, blocks=blocks)


def cropped(page: Sample) -> Sample | None:
    """Make a small page of it: some paragraphs, a little of what stands around them, and hardly an element too many.

    People hand over fragments, templates for print and mails; a model that has only seen whole pages misses there what
    whole pages have. None where the page has no body.
    """
    rng = np.random.default_rng(zlib.crc32(b"crop:" + page.id.encode("utf-8", "replace")))
    body = [i for i, code in enumerate(page.codes) if code == BODY]
    if not body or page.blocks.elements is None:
        return None
    first = int(rng.integers(0, len(body)))
    last = min(len(body) - 1, first + int(rng.integers(0, 7)))
    chosen = set(range(body[first], body[last] + 1)) if body[last] - body[first] < _CROP else {*body[first : last + 1]}
    headlines = [i for i, code in enumerate(page.codes) if code == LABEL_CODES["headline"] and i < body[0]]
    if headlines and rng.random() < 0.6:
        chosen.add(headlines[-1])
    count = len(page.codes)
    places = (range(4), range(count - 4, count), range(body[0] - 3, body[0]), range(body[-1] + 1, body[-1] + 5))
    chosen |= {i for part in places for i in part if 0 <= i < count and rng.random() < 0.3}
    rows = sorted(chosen)
    blocks = _only(page.blocks, rows, rng)
    if rng.random() < 0.5:
        blocks.facts = Facts(title=page.blocks.facts.title if rng.random() < 0.5 else "")
    return replace(page, blocks=blocks, codes=[page.codes[i] for i in rows], weights=[page.weights[i] for i in rows])


# Blocks between the first and the last paragraph of a small page, at most; else the paragraphs stand alone.
_CROP = 30


def _only(blocks: Blocks, rows: Sequence[int], rng: np.random.Generator) -> Blocks:
    """Take some blocks of a page, with the elements that hold them and a few of those around."""
    old = blocks.elements
    assert old is not None  # noqa: S101 - for the type checker; pages have elements
    branches: dict[int, set[int]] = {}
    for i in rows:
        row = blocks.element[i]
        branches.setdefault(row, {-1, -2})
        while old.parent[row] >= 0:
            branches.setdefault(old.parent[row], set()).add(row)
            row = old.parent[row]
    new = Elements()
    numbers: dict[int, int] = {}
    for row in sorted(branches):
        above = numbers[old.parent[row]] if old.parent[row] >= 0 else -1
        if above >= 0 and len(branches[row]) < 2 and rng.random() < 0.6:
            numbers[row] = above
            continue
        numbers[row] = len(new.parent)
        new.parent.append(above)
        new.names.append(old.names[row])
        new.flags.append(old.flags[row])
        new.depth.append(new.depth[above] + 1 if above >= 0 else 0)
    columns: dict[str, Any] = {name: [getattr(blocks, name)[i] for i in rows] for name in _COLUMNS}
    return replace(blocks, elements=new, element=[numbers[blocks.element[i]] for i in rows], **columns)


_COLUMNS = ("texts", "lines", "tag", "links", "linked", "bold")
_TEXT_FACTS = ("title", "story", "summary")
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшыэ"


def _cipher(rng: np.random.Generator) -> dict[int, str]:
    """Each Latin letter as a Cyrillic one, case kept: words of a language that nobody has seen."""
    mixed = [_CYRILLIC[k] for k in rng.permutation(len(_LATIN))]
    lower = dict(zip(map(ord, _LATIN), mixed, strict=True))
    return lower | {ord(chr(old).upper()): new.upper() for old, new in lower.items()}


def plain_samples(page: Sample, seeds: Sequence[Seed]) -> list[Sample]:
    """Make plain text of a page, in its dresses. `seeds` should be of the page's own fold.

    A page whose gold text alone counts (`clean_only`) comes without its own furniture.
    """
    rng = np.random.default_rng(zlib.crc32(page.id.encode("utf-8", "replace")))
    others = [seed for seed in seeds if seed.code != BODY]
    same = [seed for seed in others if seed.lang == page.lang[:2]]
    rows = list(zip(page.blocks.texts, page.codes, page.weights, strict=True))
    gold = _stretch([(line, BODY, 1.0) for line in (" ".join(x.split()) for x in page.gold.split("\n")) if line], rng)
    headline = [row for row in rows if row[1] == LABEL_CODES["headline"]][:1]
    clean = [gold, [*headline, *gold], _wrapped(gold, rng), _furnished(gold, others, rng)]
    chosen = rng.permutation(len(clean))[:2]
    made = [clean[k] for k in sorted(chosen.tolist())]
    made += [[*headline, *_furnished(gold, same or others, rng)], _furnished(gold, same or others, rng)]
    if not page.clean_only:
        made += [rows, _half_clean(rows, rng)]
    samples = [_sample(page, part) for part in made if part]
    return [
        *samples,
        *_one_line(page, [*headline, *_furnished(gold, same or others, rng)] if rng.random() < 0.7 else gold),
    ]


def seed_samples(seeds: Sequence[Seed]) -> list[Sample]:
    """Make plain texts of seed lines alone, for languages that have no labelled pages.

    All lines of a text are of one language and one fold.
    """
    made = []
    for lang in sorted({seed.lang for seed in seeds}):
        for fold in range(FOLDS):
            own = [seed for seed in seeds if seed.lang == lang and seed.fold == fold]
            body, beside, furniture = (
                [seed for seed in own if low <= seed.code < high] for low, high in _PARTS_OF_TEXT
            )
            group = next(name for k in range(1000) if fold_of(name := f"seeds {lang} {k}") == fold)
            for number in range(SEED_DOCUMENTS if body and beside and furniture else 0):
                rng = np.random.default_rng(zlib.crc32(f"{group} {number}".encode()))
                text = [_paragraph(body, rng) for _ in range(int(rng.integers(4, 20)))]
                rows = [*_pick(beside, int(rng.integers(0, 4)), rng), *_furnished(text, furniture, rng)]
                blocks = Blocks(texts=[row[0] for row in rows], lines=list(range(1, len(rows) + 1)))
                codes, weights = [row[1] for row in rows], [row[2] for row in rows]
                made.append(Sample(blocks, codes, weights, group, lang=lang, id=f"{group} {number}", set_name="seeds"))
    return made


def _paragraph(body: Sequence[Seed], rng: np.random.Generator) -> Row:
    """Join some body lines of a sentence each, or one as it is: else what is long would be furniture."""
    sentences = [seed for seed in body if seed.text[-1] in _STOPS]
    if not sentences or rng.random() < 0.35:
        return _pick(body, 1, rng)[0]
    return " ".join(row[0] for row in _pick(sentences, int(rng.integers(1, 5)), rng)), BODY, 1.0


def _one_line(page: Sample, rows: list[Row]) -> list[Sample]:
    """All lines as one, cut into sentences again where a text of one line is cut; short articles are not."""
    text = " ".join(row[0] for row in rows)
    if len(text) <= LONG_LINE:
        return []
    blocks = text_blocks(text)
    codes = np.repeat([row[1] for row in rows], [len(row[0]) + 1 for row in rows])
    weights, labels = [], []
    for start, end in zip(blocks.starts, blocks.ends, strict=True):
        counts = np.bincount(codes[start:end], minlength=len(LABEL_CODES))
        labels.append(int(counts.argmax()))
        weights.append(1.0 if counts.max() >= _PURE * (end - start) else 0.2)
    return [Sample(blocks, labels, weights, page.group, "", page.lang, page.id, page.set_name)]


def _stretch(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """Take some lines on end, in half of the cases few: a thousand list items must not outweigh ten articles."""
    size = MAX_LINES if rng.random() < 0.5 else int(rng.integers(MIN_LINES, MAX_LINES // 2))
    start = int(rng.integers(0, max(1, len(rows) - size + 1)))
    return rows[start : start + size]


def _sample(page: Sample, rows: list[Row]) -> Sample:
    blocks = Blocks(texts=[row[0] for row in rows], lines=list(range(1, len(rows) + 1)))
    return Sample(
        blocks, [row[1] for row in rows], [row[2] for row in rows], page.group, "", page.lang, page.id, page.set_name
    )


def _wrapped(gold: list[Row], rng: np.random.Generator) -> list[Row]:
    width = int(rng.integers(55, 85))
    return [(line, BODY, 1.0) for text, _, _ in gold for line in textwrap.wrap(text, width)]


def _half_clean(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """Take most of a page's furniture away, as after a simple extractor."""
    body = [i for i, row in enumerate(rows) if row[1] == BODY]
    if not body:
        return []
    near = {j for i in body for j in range(i - 3, i + 4)}
    low, high = body[0] - int(rng.integers(0, 6)), body[-1] + int(rng.integers(0, 12))
    return [
        row for i, row in enumerate(rows) if row[1] == BODY or (i in near and rng.random() < 0.6) or low <= i <= high
    ]


def _furnished(gold: list[Row], seeds: Sequence[Seed], rng: np.random.Generator) -> list[Row]:
    """Put seed lines before, inside and after a gold text."""
    if not seeds:
        return []
    before, after = int(rng.integers(0, 7)), int(rng.integers(0, 13))
    rate = rng.random() * MOST_BETWEEN
    result = _pick(seeds, before, rng)
    for i, row in enumerate(gold):
        result.append(row)
        if i + 1 < len(gold) and rng.random() < rate:
            result += _pick(seeds, int(rng.integers(1, 4)), rng)
    return result + _pick(seeds, after, rng)


def _pick(seeds: Sequence[Seed], count: int, rng: np.random.Generator) -> list[Row]:
    return [(seeds[k].text, seeds[k].code, 1.0) for k in rng.integers(0, len(seeds), count)]
