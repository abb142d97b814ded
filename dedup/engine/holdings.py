"""What a scan remembers of each document when its page is gone: a few fields, the agency, what was stripped, its text.

In memory is what matching and clustering ask for at random: ids, sites, times, agencies. The rest is on disk, in the
scan's folder, and is read through in order when it is written out.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from dedup import corpus, wire
from dedup._mapped import map_file
from dedup.clean.sites import SiteLines
from dedup.clean.structured import people
from dedup.clean.templates import Templates
from dedup.engine.columns import Names, Strings
from dedup.engine.work import Work
from dedup.errors import UsageError
from dedup.records import REPEATED, Block, Cleaned, Credit, Document, Label
from dedup.sketch import Packed

# Code points of a headline: news headlines are shorter, and a text without lines should not stand in a list whole.
HEADLINE_LENGTH = 150
# Blocks between the body and a credit above or below it: date, reading time, share buttons, a picture's caption.
CREDIT_DISTANCE = 4
# Blocks above the body that may be a byline without looking like one.
BYLINE_DISTANCE = 2
# Words of a notice: "With files from Reuters".
NOTICE_WORDS = 4
_GROWING = ("rows", "texts", "lines")
_SURROGATES = "surrogatepass"
_LIKE_BYLINE = re.compile(r"[\d(（\[［【〔©：:=＝]|^(?:by|par|avec|von|mit|por|con|di|door|av|af)\s", re.I)
_Lines = tuple[str | None, list[tuple[Label, str]]]
"""Site, and label and text of each block."""
_NOBODY = wire.Attribution([], [])
_SAID = ("author", "authors", "byline", "creator", "dc:creator", "article:author", "credit", "agency", "provider",
         "news_agency", "copyright")  # fmt: skip
"""Fields of a record, beside those that a document has, that may name an agency; case does not count."""


class Row(msgspec.Struct, array_like=True, gc=False):
    """One document, as it stands on disk."""

    id: str
    site: str | None
    url: str | None
    title: str | None
    published: str | None
    credits: list[Credit]
    mentions: list[str]
    canonical: str | None
    """Host of the page that it names as its original, if that is another one."""
    host: str | None
    """Of its own address, else its site."""
    size: int
    """Bytes of its text."""
    blocks: dict[str, int]
    """Number of blocks by label."""
    kept: list[tuple[str, str]]
    """Label and text of the blocks in the text that are not body."""


class Holdings:
    """What a scan remembers of its documents, and the counts over all of them.

    Parameters
    ----------
    work
        The scan's folder; what is in it of an earlier run is taken up.
    keep_labels
        Blocks that go into the text beside the body.
    attribute
        False leaves agencies out.
    keep_texts
        False keeps neither texts nor what stands beside them: what matching and clustering ask for is all.
    """

    def __init__(
        self, work: Work, keep_labels: Collection[Label] = (), *, attribute: bool = True, keep_texts: bool = True
    ) -> None:
        self.work = work
        self.ids = Strings()
        self.sites = Names()
        self.published = Strings()
        self.agencies = Names()
        self.credit_words = Strings()
        """In which each document credits its agency."""
        self.canonical = Names()
        """Host of the page that each names as its original, if that is another one than its own."""
        self.hosts = Names()
        """Host of each document's address, else its site."""
        self.blocks: Counter[str] = Counter()
        self.repeated = np.zeros(0, np.int32)
        """Lines of each text that its site repeats, once they were taken off."""
        self._attribute, self._keep_texts = attribute, keep_texts
        self.in_text = {"body", *keep_labels}
        """Labels of the blocks that go into the texts."""
        self._ends = [0]
        self._lines = SiteLines()
        self._encoder = msgspec.json.Encoder()
        self._files = {name: work.grown(name) for name in _GROWING} if not work.is_done("read") else {}
        self._take_up()

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.ids)

    def add(self, document: Document, cleaned: Cleaned) -> bytes:
        """Remember a document that went through cleaning, and return its text in UTF-8."""
        text = cleaned.text.encode("utf-8", _SURROGATES)
        told = attribution(document, cleaned) if self._attribute else _NOBODY
        canonical, host = corpus.host_of(cleaned.canonical), corpus.host_of(document.url) or document.site
        row = Row(
            document.id,
            document.site,
            document.url,
            document.title or _called(cleaned),
            document.published or cleaned.published,
            *told,
            canonical if canonical != host else None,
            host,
            len(text),
            dict(sorted(Counter(block.label for block in cleaned.blocks).items())) if cleaned.blocks else {},
            [(block.label, block.text) for block in cleaned.blocks if block.label in self.in_text - {"body"}],
        )
        self._note(row)
        with self.work.told():
            if self._keep_texts:
                self._files["rows"].write(self._encoder.encode(row) + b"\n")
                self._files["texts"].write(text)
            if cleaned.blocks:
                self._lines.add(document.site, cleaned.blocks)
                lines = document.site, [(block.label, block.text) for block in cleaned.blocks]
                self._files["lines"].write(self._encoder.encode(lines) + b"\n")
        return text

    def checkpoint(self, bad_records: int) -> None:
        """Bring what was added to the disk, and note that it is there."""
        with self.work.told():
            for name, file in self._files.items():
                file.flush()
                if self.work.is_kept:
                    os.fsync(file.fileno())
                self.work.state.bytes[name] = file.tell()
        self.work.state.documents = len(self)
        self.work.state.bad_records = bad_records
        self.work.save()

    def close(self) -> None:
        """Close the files: nothing more is added."""
        with self.work.told():
            for file in self._files.values():
                file.close()
        self._files = {}

    def rows(self) -> Iterator[Row]:
        """Read the documents back, in order."""
        decoder = msgspec.json.Decoder(Row)
        with self.work.path("rows").open("rb") as file:
            yield from map(decoder.decode, file)

    def stripped(self) -> Iterator[tuple[Row, dict[str, int]]]:
        """Read the documents back, and say of each how many blocks did not go into its text, by label."""
        for place, row in enumerate(self.rows()):
            counts = {label: n for label, n in row.blocks.items() if label not in self.in_text}
            if len(self.repeated) and self.repeated[place]:
                counts[REPEATED] = int(self.repeated[place])
            yield row, counts

    def credits_of(self, row: Row, document: int) -> list[Credit]:
        """Return the credits of a document, without their places where lines were taken off its text afterwards."""
        if not (len(self.repeated) and self.repeated[document]):
            return row.credits
        return [msgspec.structs.replace(credit, start=None, end=None) for credit in row.credits]

    def blocks_of(self, documents: int) -> Iterator[list[tuple[Label, str]]]:
        """Read back label and text of the blocks of each of the first documents; none where texts were as they are."""
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Lines)
        with self.work.path("lines").open("rb") as file:
            for row in islice(self.rows(), documents):
                yield decoder.decode(file.readline())[1] if row.blocks else []

    def texts(self) -> Packed:
        """Return the texts as they were added, mapped from the disk."""
        return Packed(map_file(self.work.path("texts"), np.uint8), np.array(self._ends, np.int64))

    def without_repeated(self) -> Packed:
        """Take what a site repeats off the texts, and count it with what was stripped."""
        packed = self.texts()
        if not self.work.is_done("strip"):
            templates = self._lines.learned()
            self._lines = SiteLines()  # the lines are not needed again, and there may be many
            ends, repeated = self._strip(packed, templates) if templates.repeats else ([0], [])
            with self.work.told():
                columns = {"ends": np.array(ends, np.int64), "repeated": np.array(repeated, np.int32)}
                np.savez(self.work.path("stripped.npz"), **columns)  # type: ignore[arg-type]
            self.work.state.blocks = dict(self.blocks)
            self.work.finish("strip")
        self.blocks = Counter(self.work.state.blocks)
        with np.load(self.work.path("stripped.npz"), allow_pickle=False) as file:
            ends, self.repeated = file["ends"], file["repeated"]
        return Packed(map_file(self.work.path("stripped"), np.uint8), ends) if len(self.repeated) else packed

    def check_ids(self) -> None:
        """Raise UsageError where an id stands twice."""
        hashes = np.fromiter(map(hash, self.ids), np.int64, len(self))
        order = np.argsort(hashes, kind="stable")
        alike = np.flatnonzero(np.diff(hashes[order]) == 0)
        for one, other in zip(order[alike].tolist(), order[alike + 1].tolist(), strict=True):
            if self.ids[one] == self.ids[other]:
                hint = "Give every document an id of its own"
                raise UsageError("this id stands twice", where=self.ids[one], hint=hint)

    def _take_up(self) -> None:
        """Take up what an earlier run left."""
        if self.work.state.documents:
            for row in self.rows():
                self._note(row)
        if self.work.state.bytes.get("lines") and not self.work.is_done("strip"):
            decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Lines)
            with self.work.path("lines").open("rb") as file:
                for site, blocks in map(decoder.decode, file):
                    self._lines.add(site, [Block(text, label) for label, text in blocks])

    def _note(self, row: Row) -> None:
        self.ids.append(row.id)
        self.sites.append(row.site)
        self.published.append(row.published)
        first = row.credits[0] if row.credits else None
        self.agencies.append(first.agency if first else None)
        self.credit_words.append(first.evidence if first else None)
        self.canonical.append(row.canonical)
        self.hosts.append(row.host)
        if row.blocks:
            self.blocks.update(row.blocks)
        self._ends.append(self._ends[-1] + row.size)

    def _strip(self, packed: Packed, templates: Templates) -> tuple[list[int], list[int]]:
        """Write the texts without what their sites repeat; return where they end, and how many lines went of each."""
        ends, repeated = [0], []
        with self.work.told(), self.work.path("stripped").open("wb") as file:
            for place, row in enumerate(self.rows()):
                text, count = templates.strip(row.site, packed.text(place))
                if count:
                    gone = Counter(label for label, kept in row.kept if templates.strip(row.site, kept)[1])
                    self.blocks.update({REPEATED: count, "body": gone.total() - count})
                    self.blocks.subtract(gone)
                data = text.encode("utf-8", _SURROGATES)
                file.write(data)
                ends.append(ends[-1] + len(data))
                repeated.append(count)
        return ends, repeated


def attribution(document: Document, cleaned: Cleaned) -> wire.Attribution:
    """Say which agencies a document credits: in its text, in the blocks beside it, or in what page and record say."""
    return wire.credits(cleaned.text, _beside(cleaned.blocks), _sources(document, cleaned))


def _beside(blocks: list[Block]) -> list[str]:
    """Return the texts that may credit an agency beside the body: bylines, legal notices, and what stands next to it.

    Bylines are easily taken for other furniture, so what stands just above the body counts under any label; and what
    stands further off, or below, where it looks like a byline or a notice: with a date, a bracket, a word that leads,
    or some words. A lone name there is a menu's, a tag, another story's. Captions never count: whoever is named there
    took a picture.
    """
    body = [place for place, block in enumerate(blocks) if block.label == "body"]
    first, last = (body[0], body[-1]) if body else (0, 0)
    near = range(first - CREDIT_DISTANCE, last + 1 + CREDIT_DISTANCE)
    above = range(first - BYLINE_DISTANCE, first)
    return [
        block.text
        for place, block in enumerate(blocks)
        if block.label in ("byline", "legal")
        or (place in near and block.label not in ("body", "caption") and (place in above or _is_telling(block)))
    ]


def _is_telling(block: Block) -> bool:
    if _LIKE_BYLINE.search(block.text[:HEADLINE_LENGTH]):
        return True
    return block.label != "navigation" and len(block.text[:HEADLINE_LENGTH].split()) >= NOTICE_WORDS


def _sources(document: Document, cleaned: Cleaned) -> list[str]:
    """Return the names that the page or its record gives of those who made it."""
    said = [value for name, value in document.extra.items() if name.lower() in _SAID]
    return [*cleaned.sources, *(name for value in said for name in people(value))]


def _called(cleaned: Cleaned) -> str | None:
    """Return what a document without a title is called: its headline, or else how its text begins."""
    text = cleaned.text[: 2 * HEADLINE_LENGTH].lstrip() or cleaned.text.lstrip()  # of a long one only the beginning
    return (cleaned.title or text)[:HEADLINE_LENGTH].partition("\n")[0] or None
