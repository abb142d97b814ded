"""What a scan remembers of each document when its page is gone: a few fields, the agency, what was stripped, its text.

In memory is what matching and clustering ask for at random: ids, sites, times, agencies. The rest is on disk, in the
scan's folder, and is read through in order when it is written out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from dedup._mapped import map_file
from dedup.clean.sites import SiteLines
from dedup.clean.templates import Templates
from dedup.engine.columns import Names, Strings
from dedup.engine.rows import NOBODY, Row, attributions, credits_in, row_of, strip, stripped_of
from dedup.engine.work import Work
from dedup.errors import UsageError
from dedup.records import Block, Cleaned, Credit, Document, Label
from dedup.sketch import Packed

GROWING = ("rows", "texts", "lines")
"""Files that grow while documents are read."""
_SURROGATES = "surrogatepass"
# Documents remembered in one go, in which names are looked for together, and code points of them: one may be large.
_TOGETHER, _TOGETHER_SIZE = 64, 1 << 22
_Lines = tuple[str | None, list[tuple[Label, str]]]
"""Site, and label and text of each block."""


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
        self._files = {name: work.grown(name) for name in GROWING} if not work.is_done("read") else {}
        self._take_up()

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.ids)

    def add(self, some: Sequence[tuple[Document, Cleaned]]) -> list[bytes]:
        """Remember documents that went through cleaning, and return their texts in UTF-8."""
        told = attributions(some) if self._attribute else [NOBODY] * len(some)
        texts = [cleaned.text.encode("utf-8", _SURROGATES) for _, cleaned in some]
        with self.work.told():
            for (document, cleaned), text, agencies in zip(some, texts, told, strict=True):
                row = row_of(document, cleaned, text, agencies, in_text=self.in_text)
                self._note(row)
                if self._keep_texts:
                    self._files["rows"].write(self._encoder.encode(row) + b"\n")
                    self._files["texts"].write(text)
                if cleaned.blocks:
                    self._lines.add(document.site, cleaned.blocks)
                    lines = document.site, [(block.label, block.text) for block in cleaned.blocks]
                    self._files["lines"].write(self._encoder.encode(lines) + b"\n")
        return texts

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
            yield row, stripped_of(row, self._repeated_of(place), self.in_text)

    def credits_of(self, row: Row, document: int) -> list[Credit]:
        """Return the credits of a document, without their places where lines were taken off its text afterwards."""
        return credits_in(row, self._repeated_of(document))

    def _repeated_of(self, document: int) -> int:
        return int(self.repeated[document]) if len(self.repeated) else 0

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
                text, count, change = strip(row, packed.text(place), templates)
                self.blocks.update(change)
                data = text.encode("utf-8", _SURROGATES)
                file.write(data)
                ends.append(ends[-1] + len(data))
                repeated.append(count)
        return ends, repeated


def together(pairs: Iterable[tuple[Document, Cleaned]]) -> Iterator[list[tuple[Document, Cleaned]]]:
    """Cut documents into the lots that `Holdings.add` takes."""
    some: list[tuple[Document, Cleaned]] = []
    size = 0
    for document, cleaned in pairs:
        some.append((document, cleaned))
        size += len(cleaned.text) + len(document.html or "")
        if len(some) == _TOGETHER or size > _TOGETHER_SIZE:
            yield some
            some, size = [], 0
    if some:
        yield some
