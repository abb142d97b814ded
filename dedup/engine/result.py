"""What a scan found: pairs, clusters and a row for each document, made from arrays when asked for.

The arrays hold every verified pair down to `match`'s floor, so other bounds need no new scan (`rethreshold`); records
are made one at a time, so that writing a million pairs does not hold a million objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup import cluster, match, report
from dedup.engine import machine
from dedup.engine.clusters import Figures, count_outlets, group_of, make_cluster
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.passages import Passages
from dedup.engine.readings import make_readings
from dedup.match.lines import PairLines, lines_of
from dedup.records import (
    RELATIONS,
    Cluster,
    DocumentRow,
    Keep,
    Outlet,
    Pair,
    Reading,
    Relation,
    ReportData,
    Summary,
)

if TYPE_CHECKING:
    from dedup.engine.holdings import Holdings
    from dedup.match import PairTable
    from dedup.sketch import Packed

# Pairs whose columns are made in one go: some megabytes.
PAIRS_AT_ONCE = 4096
WHOLE: tuple[Relation, ...] = ("exact", "near")
"""Relations of texts as a whole: these bind a cluster also where what is shared is common to much of the corpus."""


class ScanResult:
    """Pairs, clusters and documents of a scan.

    Made by `dedup.scan`. `pairs`, `clusters`, `documents` and `summary` make records when called;
    `rethreshold` gives the result under other bounds without scanning again.
    """

    def __init__(
        self,
        holdings: Holdings,
        packed: Packed,
        sizes: NDArray[np.int32],
        table: PairTable,
        options: ScanOptions,
    ) -> None:
        self._holdings = holdings
        self._packed = packed
        self._sizes = sizes
        self._table = table
        self._passages: Passages | None = None
        self.options = options

    def __len__(self) -> int:
        """Count the documents."""
        return len(self._holdings)

    def text(self, id: str) -> str:
        """Return the cleaned text of a document.

        Raises
        ------
        KeyError
            No document has this id.
        """
        return self._packed.text(self._index[id])

    def rethreshold(
        self,
        *,
        min_jaccard: float | None = None,
        min_containment: float | None = None,
        min_shared: int | None = None,
        keep: Keep | None = None,
        cluster_on: Collection[Relation] | None = None,
    ) -> ScanResult:
        """Return the same scan under other bounds, without reading, sketching or matching again.

        Parameters
        ----------
        min_jaccard, min_containment, min_shared
            As in `Bounds`; None leaves a bound as it is.
        keep
            Which copy heads a cluster; None leaves it as it is.
        cluster_on
            Relations that bind clusters; None leaves them as they are.

        Raises
        ------
        UsageError
            A bound is below what the scan has kept of its pairs: scan again with that bound.
        """
        given = {"min_jaccard": min_jaccard, "min_containment": min_containment, "min_shared": min_shared}
        changes = {name: value for name, value in given.items() if value is not None}
        bounds = msgspec.structs.replace(self.options.bounds, **changes)
        binding = self.options.cluster_on if cluster_on is None else cluster_on
        options = msgspec.structs.replace(
            self.options, bounds=bounds, keep=keep or self.options.keep, cluster_on=binding
        )
        check_options(options)
        match.check_floor(self._table, bounds)
        return ScanResult(self._holdings, self._packed, self._sizes, self._table, options)

    def pairs(self) -> Iterator[Pair]:
        """Make the pairs, in the order of their documents, with their passages."""
        return self._pairs()

    def _pairs(self, wanted: NDArray[np.bool_] | None = None) -> Iterator[Pair]:
        self.find_passages()
        none: list[tuple[int, int, int, int]] = []
        for start in range(0, len(self._listed), PAIRS_AT_ONCE):
            rows = self._listed[start : start + PAIRS_AT_ONCE]
            own = np.arange(len(rows)) if wanted is None else np.flatnonzero(wanted[start : start + PAIRS_AT_ONCE])
            if len(own):
                passages = self._passages.of(start, start + len(rows)) if self._passages else [none] * len(rows)
                some = [passages[place] for place in own.tolist()]
                yield from make_pairs(self._holdings.ids, self._table, rows[own], self._codes, some)

    def pair_lines(self) -> Iterator[memoryview]:
        """Make the lines of `pairs.jsonl`, `PAIRS_AT_ONCE` pairs at a time."""
        self.find_passages()
        made = PairLines(self._holdings.ids, self._table, self._codes)
        return lines_of(made, self._listed, self._passages, PAIRS_AT_ONCE)

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self._listed)

    def find_passages(self, on_progress: Callable[[int], None] = lambda pairs: None) -> None:
        """Find the passages of all pairs, unless that was done or they are not wanted.

        Parameters
        ----------
        on_progress
            Told the number of pairs done, each time some are.
        """
        if self._passages is None and self.options.passages:
            work, table, rows = self._holdings.work, self._table, self._listed
            a, b = table.a[rows], table.b[rows]
            path = work.path(f"passages-{id(self)}")
            with work.told():
                workers = self.options.workers
                self._passages = Passages(path, self._packed, a, b, workers=workers, on_progress=on_progress)

    def clusters(self) -> list[Cluster]:
        """Make the clusters of two and more documents, in the order of their first document."""
        return list(self.each_cluster())

    def each_cluster(self) -> Iterator[Cluster]:
        """Make the clusters one at a time."""
        return (make_cluster(group_of(self._holdings, self._figures, group)) for group in self._groups)

    def documents(self) -> Iterator[DocumentRow]:
        """Make a row for each document, in input order."""
        return self._rows(np.ones(len(self), bool))

    def _rows(self, among: NDArray[np.bool_]) -> Iterator[DocumentRow]:
        held, heads = self._holdings, self._heads
        in_cluster = np.zeros(len(self), bool)
        in_cluster[heads[self.is_copy()]] = True
        for index, (row, stripped) in enumerate(held.stripped()):
            if not among[index]:
                continue
            head = int(heads[index])
            copy = head != index
            yield DocumentRow(
                id=held.ids[index],
                cluster_id=cluster.cluster_id(held.ids[head]) if copy or in_cluster[index] else None,
                is_duplicate=copy,
                duplicate_of=held.ids[head] if copy else None,
                relation=self._figures.relation(index),
                agency=held.agencies[index],
                stripped=stripped,
                credits=self._holdings.credits_of(row, index),
                mentions=row.mentions,
                title=row.title,
                url=row.url,
                site=row.site,
                published=row.published,
            )

    def ids(self) -> Sequence[str]:
        """Give the ids of the documents, in input order."""
        return self._holdings.ids

    def is_copy(self) -> NDArray[np.bool_]:
        """Say which documents are in a cluster that another one heads, shape (documents,)."""
        return np.not_equal(self._heads, np.arange(len(self)))

    def summary(self) -> Summary:
        """Count everything."""
        held, state = self._holdings, self._holdings.work.state
        codes = np.bincount(self._codes, minlength=len(RELATIONS) + 1)
        agencies = Counter(agency for agency in held.agencies if agency)
        return Summary(
            documents=len(self),
            bad_records=state.bad_records,
            duplicates=int(self.is_copy().sum()),
            clusters=len(self._groups),
            pairs={relation: int(codes[i + 1]) for i, relation in enumerate(RELATIONS)},
            blocks=dict(sorted(held.blocks.items())),
            agencies=dict(sorted(agencies.items(), key=lambda item: (-item[1], item[0]))),
            parameters=parameters(self.options),
            versions=machine.versions(),
            seconds=state.seconds,
            peak_memory_mb=machine.peak_memory_mb(),
        )

    def outlets(self, clusters: Iterable[Cluster] | None = None) -> list[Outlet]:
        """Count what each site carried; `clusters` as `clusters()` makes them, where the caller has them already."""
        return count_outlets(self._holdings, self._groups, self.each_cluster() if clusters is None else clusters)

    def readings(self, read: NDArray[np.bool_] | None = None) -> Iterator[Reading]:
        """Make what can be read side by side in a report: all chosen by `to_read`, or those given."""
        return make_readings(self._holdings, self._packed, self.to_read() if read is None else read)

    def report_data(
        self, clusters: list[Cluster], linked: list[Pair], readings: dict[str, Reading], outlets: list[Outlet]
    ) -> ReportData:
        """Put together what a report shows: what the caller has made, the summary, and the rows of documents."""
        clustered = np.zeros(len(self), bool)
        for group in self._groups:
            clustered[group] = True
        among = clustered if not self._holdings.blocks else np.ones(len(self), bool)  # of what was stripped all tell
        return ReportData(self.summary(), clusters, linked, _Rows(self, among), outlets, readings)

    def to_read(self) -> NDArray[np.bool_]:
        """Say which documents a report lets read side by side: those of the largest clusters, while it has room."""
        chosen = np.zeros(len(self), bool)
        for place, members in report.to_read(self._groups, self._packed.lengths, self.options.texts):
            chosen[self._groups[place][members]] = True
        return chosen

    def links(self, read: NDArray[np.bool_]) -> list[Pair]:
        """Make the pairs that link a member of a cluster to its head, both among the documents `read`."""
        a, b = self._table.a[self._listed], self._table.b[self._listed]
        return list(self._pairs(((self._heads[a] == b) | (self._heads[b] == a)) & read[a] & read[b]))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {id: index for index, id in enumerate(self._holdings.ids)}

    @cached_property
    def _codes(self) -> NDArray[np.uint8]:
        return match.relate(self._table, self.options.bounds)

    @cached_property
    def _listed(self) -> NDArray[np.int64]:
        """Rows of the pairs in the table, in their order."""
        return np.flatnonzero(self._codes)

    @cached_property
    def _binding(self) -> NDArray[np.bool_]:
        """Which pairs bind a cluster."""
        binding = np.isin(self._codes, [RELATIONS.index(relation) + 1 for relation in self.options.cluster_on])
        whole = np.isin(self._codes, [RELATIONS.index(relation) + 1 for relation in WHOLE])
        return binding & (whole | ~self._table.common)

    @cached_property
    def _heads(self) -> NDArray[np.int64]:
        held, table = self._holdings, self._table
        lengths = self._packed.lengths
        rank = cluster.priority(held.ids, held.published, lengths, held.agencies, self.options.keep)
        return cluster.head_linked(len(self), table.a[self._binding], table.b[self._binding], rank, table.same)

    @cached_property
    def _groups(self) -> list[NDArray[np.int64]]:
        """Clusters of two and more documents: the head, then the others in input order."""
        heads = self._heads
        alone = np.bincount(heads, minlength=len(self))[heads] == 1 if len(self) else np.zeros(0, bool)
        members = np.flatnonzero(~alone)
        order = members[np.lexsort((members, heads[members] != members, heads[members]))]
        if not len(order):
            return []
        groups = np.split(order, np.flatnonzero(np.diff(heads[order])) + 1)
        return sorted(groups, key=lambda group: int(group.min()))

    @cached_property
    def _figures(self) -> Figures:
        rows = np.full(len(self), -1, np.int64)
        copies = np.flatnonzero(self.is_copy())
        rows[copies] = self._table.against(copies, self._heads[copies])
        return Figures(self._table, self._codes, rows, self._sizes)


class _Rows:
    """The rows of some of a scan's documents, made anew each time they are gone through."""

    def __init__(self, result: ScanResult, among: NDArray[np.bool_]) -> None:
        self._result, self._among = result, among

    def __iter__(self) -> Iterator[DocumentRow]:
        return self._result._rows(self._among)


def parameters(options: ScanOptions) -> dict[str, Any]:
    """Return the options of a scan as its summary lists them."""
    cleaning = options.cleaning
    files = {"model": cleaning.model, "sites": cleaning.sites}
    return {
        "clean": options.clean,
        **msgspec.structs.asdict(options.bounds),
        "keep": options.keep,
        "cluster_on": [relation for relation in RELATIONS if relation in options.cluster_on],
        "favor": cleaning.favor,
        "keep_labels": sorted(cleaning.keep_labels),
        **{name: str(path) if path else None for name, path in files.items()},
    }


def make_pairs(
    ids: Sequence[str],
    table: PairTable,
    rows: NDArray[np.int64],
    codes: NDArray[np.uint8],
    passages: list[list[tuple[int, int, int, int]]],
) -> Iterator[Pair]:
    """Make the records of some rows of a table, with their passages."""
    a, b, shared = table.a[rows], table.b[rows], table.shared[rows]
    columns = (
        [ids[place] for place in a.tolist()],
        [ids[place] for place in b.tolist()],
        [RELATIONS[code - 1] for code in codes[rows].tolist()],
        (shared / (table.size_a[rows] + table.size_b[rows] - shared)).tolist(),
        (shared / table.size_a[rows]).tolist(),
        (shared / table.size_b[rows]).tolist(),
        shared.tolist(),
        passages,
        table.common[rows].tolist(),
    )
    return map(Pair, *columns)
