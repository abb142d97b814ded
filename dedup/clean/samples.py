"""What the classifier learns from: labelled pages, and plain texts made of them.

A model that has seen whole pages only loses body on text that is already half clean: nothing stands around it. So every
page comes as plain text in several dresses: all visible blocks a line each; the gold text alone, as it is or wrapped at
some 70 characters as agencies send it; and the body with a few lines of furniture, some of the page's own, some of the
seed lines, before it, inside it and after it.
"""

from __future__ import annotations

import csv
import json
import textwrap
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from dedup.clean.blocks import Blocks, page_blocks
from dedup.clean.labels import BODY, LABEL_CODES, page_labels
from dedup.errors import InputError, MissingExtraError

Row = tuple[str, int, float]
"""A line, its label's code and its weight."""
# Lines of gold text that one plain text takes.
MAX_LINES = 80
FOLDS = 3
"""Parts in which evidence for training is made: each part is judged by models that did not see its sites."""


@dataclass(slots=True)
class Sample:
    """A labelled document."""

    blocks: Blocks
    codes: list[int]
    weights: list[float]
    group: str
    """The site."""
    gold: str = ""
    lang: str = ""
    id: str = ""
    set_name: str = ""
    clean_only: bool = False
    """Its page is no article (a forum, a shop, a manual): only its gold text teaches, as clean text."""

    @property
    def fold(self) -> int:
        """The part it belongs to; all pages of a site are in one."""
        return fold_of(self.group)


@dataclass(slots=True, frozen=True)
class Seed:
    """A labelled line from `seeds/`."""

    text: str
    code: int
    lang: str

    @property
    def fold(self) -> int:
        """The part it belongs to."""
        return fold_of(self.text)


def fold_of(name: str) -> int:
    """Part of a site or line, the same on every machine."""
    return zlib.crc32(name.encode("utf-8", "replace")) % FOLDS


def read_seeds(folder: Path) -> list[Seed]:
    """Seed lines of all ``*.tsv`` of a folder (``label<TAB>text`` with that header; the file's name is the language).

    Raises
    ------
    InputError
        A line without a known label or without text.
    """
    seeds = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                if number == 1 and row[:1] == ["label"]:
                    continue
                if len(row) != 2 or row[0] not in LABEL_CODES or not row[1].strip():
                    raise InputError("not a seed line", where=f"{path}:{number}", hint="Write label<TAB>text")
                seeds.append(Seed(" ".join(row[1].split()), LABEL_CODES[row[0]], path.stem))
    return seeds


def read_lines(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a JSONL file, ``.zst`` or plain, each a page; one without `id` gets the place where it stands.

    Raises
    ------
    InputError
        A line is no page, or the file is damaged.
    """
    for number, line in enumerate(_whole(path).split(b"\n"), 1):
        if line.strip():
            try:
                yield _page_row(json.loads(line), f"{path.name}:{number}")
            except (ValueError, RecursionError) as error:
                hint = "Write an object with html, text (the gold body) and url, one a line"
                raise InputError(f"not a page: {error}", where=f"{path}:{number}", hint=hint) from error


def _whole(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix != ".zst":
        return raw
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtraError("zstd", "reading .zst needs zstandard", where=str(path)) from error
    try:
        return bytes(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read())
    except zstandard.ZstdError as error:
        raise InputError(f"damaged: {error}", where=str(path), hint="Write it again") from error


def _page_row(row: Any, where: str) -> dict[str, str]:
    if not isinstance(row, dict) or not isinstance(row.get("html"), str):
        raise ValueError("no html")
    for name in ("text", "url", "lang"):
        if not isinstance(row.get(name) or "", str):
            raise ValueError(f"{name} is no string")
    urlsplit(row.get("url") or "")  # a ValueError where it is none
    return row | {"id": str(row.get("id") or where)}


def label_page(row: dict[str, str], set_name: str) -> Sample | None:
    """Label a page, a row with `html`, gold `text` and `url`; None where there is no gold or no tree."""
    if not (row.get("text") or "").strip():
        return None
    blocks = page_blocks(row["html"])
    if blocks.elements is None or not len(blocks):
        return None
    codes, weights = page_labels(blocks, row["text"])
    host = urlsplit(row.get("url") or "").hostname or row["id"]
    return Sample(blocks, codes, weights, host, row["text"], row.get("lang") or "", row["id"], set_name)


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
    made.append([*headline, *_furnished(gold, same or others, rng)])
    if not page.clean_only:
        made += [rows, _half_clean(rows, rng)]
    return [_sample(page, part) for part in made if part]


def _stretch(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """At most so many lines on end: one page of a thousand list items must not outweigh ten articles."""
    start = int(rng.integers(0, max(1, len(rows) - MAX_LINES + 1)))
    return rows[start : start + MAX_LINES]


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
    before, after = int(rng.integers(0, 5)), int(rng.integers(0, 9))
    result = _pick(seeds, before, rng)
    for i, row in enumerate(gold):
        result.append(row)
        if i + 1 < len(gold) and rng.random() < 0.12:
            result += _pick(seeds, int(rng.integers(1, 3)), rng)
    return result + _pick(seeds, after, rng)


def _pick(seeds: Sequence[Seed], count: int, rng: np.random.Generator) -> list[Row]:
    return [(seeds[k].text, seeds[k].code, 1.0) for k in rng.integers(0, len(seeds), count)]
