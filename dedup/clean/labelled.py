"""Labelled pages and seed lines, as they are read from files."""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dedup.clean.blocks import Blocks, page_blocks
from dedup.clean.labels import BODY, LABEL_CODES, page_labels
from dedup.errors import InputError, MissingExtraError

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


def label_page(row: dict[str, str], set_name: str, labels: Labels | None = None) -> Sample | None:
    """Label a page, a row with `html`, `url` and `text`, the gold body; None where there is no gold or no tree.

    `labels` (`read_labels`) hold the labels of pages without gold.
    """
    gold = row.get("text") or ""
    by_hand = (labels or {}).get(row["id"])
    if not gold.strip() and not by_hand:
        return None
    blocks = page_blocks(row["html"])
    if blocks.elements is None or not len(blocks):
        return None
    if by_hand:
        codes, weights = _by_hand(blocks, by_hand)
        gold = "\n".join(text for text, code in zip(blocks.texts, codes, strict=True) if code == BODY)
    else:
        codes, weights = page_labels(blocks, gold)
    host = urlsplit(row.get("url") or "").hostname or row["id"]
    return Sample(blocks, codes, weights, host, gold, row.get("lang") or "", row["id"], set_name)


Labels = dict[str, list[tuple[str, str]]]
"""For each page the hash and the label of its blocks, in order."""


def block_hash(text: str) -> str:
    """Name of a block in a file of labels, which holds no text."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_labels(path: Path) -> Labels:
    """Read labels made by hand: ``page<TAB>block<TAB>label`` with that header, a row a block, in the order of the page.

    Raises
    ------
    InputError
        A line of another form, or an unknown label.
    """
    labels: Labels = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if number == 1 and row == ["page", "block", "label"]:
                continue
            if len(row) != 3 or row[2] not in LABEL_CODES:
                raise InputError("not a label", where=f"{path}:{number}", hint="Write page<TAB>block<TAB>label")
            labels.setdefault(row[0], []).append((row[1], row[2]))
    return labels


def _by_hand(blocks: Blocks, labels: list[tuple[str, str]]) -> tuple[list[int], list[float]]:
    """Labels by order, as far as the hashes agree; blocks that are cut otherwise now weigh nothing."""
    hashes = [block_hash(text) for text in blocks.texts]
    codes, weights = [LABEL_CODES["navigation"]] * len(hashes), [0.0] * len(hashes)
    matcher = difflib.SequenceMatcher(None, [name for name, _ in labels], hashes, autojunk=False)
    for theirs, ours, size in matcher.get_matching_blocks():
        for k in range(size):
            codes[ours + k], weights[ours + k] = LABEL_CODES[labels[theirs + k][1]], 1.0
    return codes, weights
