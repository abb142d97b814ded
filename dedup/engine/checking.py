"""The ingest gate: a batch of documents against all that is held, and against itself.

    documents -> clean -> texts on disk -> sketches on disk -> pairs of the batch ─┐
                              └──────────── slices ──▶ index ──▶ held matches ─────┴─▶ rows ──▶ gates ──▶ verdict

The batch is cleaned and matched against itself as a scan does it, so that a check without an index tells what a scan
would; against an index it goes in slices. Memory holds some hundred bytes a document and the rows that are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import msgspec
import numpy as np

from dedup import match
from dedup._mapped import map_file, release
from dedup.engine.cleaning import clean_documents
from dedup.engine.gates import Gates, Judge
from dedup.engine.holdings import Holdings, together
from dedup.engine.indexing import entry_of
from dedup.engine.local import as_it_is
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.progress import Progress, Silent
from dedup.engine.sketching import Sketching
from dedup.engine.work import Work
from dedup.errors import UsageError
from dedup.match.table import EXCERPT, NEAR
from dedup.records import FURNITURE_LABELS, RELATIONS, BadRecord, Bounds, Cleaned, Document
from dedup.sketch import Packed
from dedup.verdicts import CheckData, Checked, Entry, Match

# Documents asked of the index at a time: enough that its lists are read in order, a megabyte of text or so.
_SLICE = 256
# Bad records that the verdict names.
_BAD_KEPT = 1000
_RANK = {relation: place for place, relation in enumerate(RELATIONS)}


class Held(Protocol):
    """Of an index, what a check asks for."""

    @property
    def bounds(self) -> Bounds:
        """What counts as a copy, unless told otherwise."""

    def __len__(self) -> int:
        """Count the documents."""

    def held(self, ids: Iterable[str]) -> set[str]:
        """Return those of some ids whose documents are held."""

    def find(
        self, packed: Packed, *, bounds: Bounds | None = None, most: int = 20, workers: int = 1
    ) -> list[list[Match]]:
        """Give of each text the best matches among the documents held."""

    def adding(self, packed: Packed, entries: Sequence[Entry]) -> AbstractContextManager[None]:
        """Have documents added when the block ends well, all or none."""


class CheckOptions(msgspec.Struct, frozen=True):
    """What a check may be told, beside what a scan may."""

    gates: Gates = Gates()
    baseline: frozenset[str] = frozenset()
    """Ids of accepted documents."""
    accept: bool = False
    """Accept every document that would count against a gate."""
    add: bool = False
    """Documents that pass are to go into the index."""
    most: int = 5
    """Matches told of each document."""


class Outcome:
    """What a check found, and the documents that wait to be added."""

    def __init__(self, data: CheckData, adding: Callable[[], AbstractContextManager[None]]) -> None:
        self.data = data
        self._adding = adding

    def adding(self) -> AbstractContextManager[None]:
        """Have the documents that pass in the index when the block ends well, in one batch, and none where it does not.

        What tells of them is written in the block: what can fail has mostly been done when it begins. Where a gate
        failed, or nobody asked for it, nothing is added.
        """
        return self._adding() if self.data.added else nullcontext()


def check(
    documents: Iterable[Document],
    scan: ScanOptions,
    options: CheckOptions | None = None,
    index: Held | None = None,
    progress: Progress | None = None,
    *,
    bad: Callable[[], tuple[int, Sequence[BadRecord]]] = lambda: (0, ()),
) -> Outcome:
    """Check a batch of documents.

    Parameters
    ----------
    documents
        With distinct ids; read once, in order.
    scan
        How to clean and what counts as a copy.
    options
        Gates and the rest; None for no gate.
    index
        What is held; None checks the batch against itself only.
    progress
        Told how far the work is; None for nobody.
    bad
        Gives, when the documents are read, the number of records that could not be, and the first of them.

    Returns
    -------
    Outcome
        The verdict; nothing is added before it is told to.

    Raises
    ------
    UsageError
        An id stands twice, or an option makes no sense.
    OutputError
        The disk with the temporary folder is full.
    """
    options, progress = options or CheckOptions(), progress or Silent()
    check_options(scan)
    if options.most < 1:
        raise UsageError(f"{options.most} matches of a document", hint="Ask for one at least")
    batch = _Batch(documents, scan)
    earlier = batch.match(progress)
    tally = _Tally(options, *bad())
    progress.stage("check", len(batch))
    for row, is_held in batch.rows(earlier, index, options, progress):
        tally.add(row, is_held=is_held)
    data = tally.data(len(index) if index is not None else 0)
    return Outcome(data, lambda: batch.adding(np.flatnonzero(tally.passing).tolist(), index))


class _Tally:
    """What is counted as the documents of a batch come by, and the rows that are shown."""

    def __init__(self, options: CheckOptions, bad_records: int, bad: Sequence[BadRecord]) -> None:
        self._add = options.add
        self._judge = Judge(options.gates, accept=options.accept)
        self._bad_records, self._bad = bad_records, list(bad)
        self._duplicates = self._excerpts = 0
        self._rows: list[Checked] = []
        self.passing: list[bool] = []
        """Of each document whether it may be added."""

    def add(self, row: Checked, *, is_held: bool) -> None:
        """Take in a document; `is_held` where its id is."""
        against = self._judge.add(row)
        self._duplicates += row.duplicate
        self._excerpts += row.excerpt
        if row.matches or against:
            self._rows.append(row)
        if is_held and not row.duplicate:
            self._bad_records += 1
            self._bad.append(BadRecord(row.where or row.id, f"id '{row.id}' is held with another text"))
        self.passing.append(not (row.duplicate or is_held or (against and not row.accepted)))

    def data(self, held: int) -> CheckData:
        """Give the verdict, against an index of so many documents."""
        gates = self._judge.gates(len(self.passing), self._bad_records)
        passed = all(gate.passed for gate in gates)
        return CheckData(
            documents=len(self.passing),
            bad_records=self._bad_records,
            held=held,
            duplicates=self._duplicates,
            excerpts=self._excerpts,
            accepted=self._judge.accepted,
            gates=gates,
            passed=passed,
            added=sum(self.passing) if self._add and passed else 0,
            rows=self._rows,
            bad=self._bad[:_BAD_KEPT],
        )


class _Batch:
    """The documents of a batch: texts on disk, a few figures of each in memory."""

    def __init__(self, documents: Iterable[Document], scan: ScanOptions) -> None:
        self._scan, self._work = scan, Work()
        self._held = Holdings(self._work, scan.cleaning.keep_labels)
        self._where: list[str] = []
        self._chars: list[tuple[int, int, int]] = []
        """Of each document, in characters: furniture, all blocks, the text before what its site repeats was taken."""
        self._read(documents)
        self._held.check_ids()
        self._packed = self._held.without_repeated()

    def __len__(self) -> int:
        return len(self._held)

    def _read(self, documents: Iterable[Document]) -> None:
        scan = self._scan
        if scan.clean:
            pairs: Iterable[tuple[Document, Cleaned]] = clean_documents(documents, scan.cleaning, workers=scan.workers)
        else:
            pairs = ((document, as_it_is(document)) for document in documents)
        furniture = {*FURNITURE_LABELS} - self._held.in_text
        for some in together(pairs):
            self._held.add(some)
            for document, cleaned in some:
                self._where.append(document.where)
                stripped = sum(len(block.text) for block in cleaned.blocks if block.label in furniture)
                total = sum(len(block.text) for block in cleaned.blocks)
                self._chars.append((stripped, total, len(cleaned.text)))
        self._held.checkpoint(0)
        self._held.close()
        self._work.finish("read")

    def match(self, progress: Progress) -> _Earlier:
        """Match the documents against each other, as a scan does."""
        sketched = match.Sketched(self._work.path("sketched"), self._scan.bounds.min_jaccard)
        progress.stage("sketch", len(self))
        with Sketching(sketched, self._scan, self._work) as sketching:
            for first, end in self._slices():
                sketching.add(self._packed.encoded(document) for document in range(first, end))
                release(self._packed.data)
                progress.advance(end - first)
        progress.stage("match", len(self))
        with self._work.told():
            table = match.match_sketched(
                sketched,
                self._scan.bounds,
                rank=np.arange(len(self)),
                memory=self._scan.memory,
                workers=self._scan.workers,
                on_progress=progress.advance,
            )
        sketched.drop()
        return _Earlier(table, self._scan.bounds)

    def rows(
        self, earlier: _Earlier, index: Held | None, options: CheckOptions, progress: Progress
    ) -> Iterator[tuple[Checked, bool]]:
        """Give what is found of each document, in order, and whether its id is held."""
        scan = self._scan
        for first, end in self._slices():
            data, offsets = self._packed.data, self._packed.offsets[first : end + 1]
            part = Packed(data[offsets[0] : offsets[-1]], offsets - offsets[0])
            found: list[list[Match]] = [[]] * (end - first)
            known: set[str] = set()
            if index is not None:
                found = index.find(part, bounds=scan.bounds, most=options.most, workers=scan.workers)
                known = index.held(self._held.ids[first:end])
            for document, held in enumerate(found, first):
                row = self._row(document, held, earlier, options)
                yield row, row.id in known
            release(data)
            progress.advance(end - first)

    def _row(self, document: int, held: list[Match], earlier: _Earlier, options: CheckOptions) -> Checked:
        copies, excerpt = earlier.kinds(document)
        matches = [*held, *(self._match(*row) for row in earlier.best(document, options.most))]
        matches.sort(key=lambda found: (_RANK[found.relation], -found.shared, found.id))
        duplicate = copies or any(found.relation in ("exact", "near") for found in held)
        stripped, total, before = self._chars[document]
        after = len(self._packed.text(document))
        return Checked(
            self._held.ids[document],
            self._where[document],
            duplicate=duplicate,
            excerpt=not duplicate and (excerpt or any(found.relation == "excerpt" for found in held)),
            boilerplate=(stripped + before - after) / total if total else 0.0,
            body_chars=after,
            matches=matches[: options.most],
            accepted=self._held.ids[document] in options.baseline,
        )

    def _match(self, document: int, code: int, figures: tuple[float, float, float], shared: int) -> Match:
        entry = entry_of(self._held, document)
        known = entry.id, RELATIONS[code - 1], *figures, shared, entry.site, entry.published, entry.agency
        return Match(*known, where=self._where[document])

    def _slices(self) -> Iterator[tuple[int, int]]:
        for first in range(0, len(self), _SLICE):
            yield first, min(first + _SLICE, len(self))

    def adding(self, documents: list[int], index: Held | None) -> AbstractContextManager[None]:
        """Have documents in an index when the block ends well."""
        if index is None:
            return nullcontext()
        packed = self._packed
        if len(documents) < len(self):
            ends = [0]
            with self._work.told(), self._work.path("added").open("wb") as file:
                for document in documents:
                    ends.append(ends[-1] + file.write(packed.encoded(document)))
            packed = Packed(map_file(self._work.path("added"), np.uint8), np.array(ends, np.int64))
        return index.adding(packed, [entry_of(self._held, document) for document in documents])


class _Earlier:
    """Of each document of a batch, those before it that it matches, best first."""

    def __init__(self, table: match.PairTable, bounds: Bounds) -> None:
        codes = match.relate(table, bounds)
        order = np.lexsort((table.a, -table.shared, codes, table.b))
        self._table, self._codes = table, codes
        self._rows = order[codes[order] > 0]
        self._starts = np.searchsorted(table.b[self._rows], np.arange(len(table.same) + 1))

    def _of(self, document: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self._rows[self._starts[document] : self._starts[document + 1]]

    def kinds(self, document: int) -> tuple[bool, bool]:
        """Say whether it is a copy of an earlier one, and whether one is an excerpt of the other.

        What both have of a template makes no excerpt, as it binds no cluster in a scan.
        """
        rows = self._of(document)
        codes = self._codes[rows]
        return bool((codes <= NEAR).any()), bool(((codes == EXCERPT) & ~self._table.common[rows]).any())

    def best(self, document: int, most: int) -> Iterator[tuple[int, int, tuple[float, float, float], int]]:
        """Give the best matches: document, code of the relation, Jaccard and both containments, shared shingles."""
        table = self._table
        for row in self._of(document)[:most].tolist():
            shared, size_a, size_b = int(table.shared[row]), int(table.size_a[row]), int(table.size_b[row])
            figures = shared / (size_a + size_b - shared), shared / size_b, shared / size_a
            yield int(table.a[row]), int(self._codes[row]), figures, shared
