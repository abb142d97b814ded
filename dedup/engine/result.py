"""What a scan found: pairs, clusters and a row for each document, made from arrays when asked for.

The arrays hold every verified pair down to `match`'s floor, so other bounds need no new scan (`rethreshold`); records
are made one at a time, so that writing a million pairs does not hold a million objects.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup import cluster, match, wire
from dedup.engine.options import ScanOptions, check_options
from dedup.records import (
    RELATIONS,
    Cluster,
    DocumentRow,
    Keep,
    Member,
    Pair,
    Relation,
    ReportData,
    Summary,
)

if TYPE_CHECKING:
    from dedup.engine.holdings import Holdings
    from dedup.match import PairTable
    from dedup.sketch import Packed

# Pairs whose passages are found in one go: some megabytes of arrays, and enough work for every thread.
PAIRS_AT_ONCE = 4096
LIBRARIES = ("newsdedup", "numpy", "numba", "scikit-learn", "selectolax", "datasketch", "msgspec")


class ScanResult:
    """Pairs, clusters and documents of a scan.

    Made by `dedup.scan`. `pairs`, `clusters`, `documents` and `summary` make records when called;
    `rethreshold` gives the result under other bounds without scanning again.
    """

    def __init__(
        self,
        holdings: Holdings,
        packed: Packed,
        sizes: NDArray[np.int64],
        table: PairTable,
        options: ScanOptions,
        seconds: dict[str, float],
        bad_records: int = 0,
    ) -> None:
        self._holdings = holdings
        self._packed = packed
        self._sizes = sizes
        self._table = table
        self.options = options
        self.seconds = seconds
        self.bad_records = bad_records
        """Records that could not be read; filled in by whoever read them."""

    def __len__(self) -> int:
        """Count the documents."""
        return len(self._holdings.ids)

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
        return ScanResult(
            self._holdings, self._packed, self._sizes, self._table, options, self.seconds, self.bad_records
        )

    def pairs(self) -> Iterator[Pair]:
        """Make the pairs, in the order of their documents, with their passages."""
        rows = np.flatnonzero(self._codes)
        ids, workers = self._holdings.ids, self.options.workers
        for start in range(0, len(rows), PAIRS_AT_ONCE):
            part = rows[start : start + PAIRS_AT_ONCE]
            yield from make_pairs(ids, self._packed, self._table, part, self._codes, workers)

    def clusters(self) -> list[Cluster]:
        """Make the clusters of two and more documents, in the order of their first document."""
        return list(self._clusters)

    def documents(self) -> Iterator[DocumentRow]:
        """Make a row for each document, in input order."""
        held, heads = self._holdings, self._heads
        relations = {member.id: member.relation for found in self._clusters for member in found.members}
        cluster_ids = {member.id: found.cluster_id for found in self._clusters for member in found.members}
        for index, id in enumerate(held.ids):
            copy = bool(heads[index] != index)
            yield DocumentRow(
                id=id,
                cluster_id=cluster_ids.get(id),
                is_duplicate=copy,
                duplicate_of=held.ids[heads[index]] if copy else None,
                relation=relations.get(id),
                agency=held.agencies[index],
                stripped=held.stripped[index],
            )

    def summary(self) -> Summary:
        """Count everything."""
        codes = np.bincount(self._codes, minlength=len(RELATIONS) + 1)
        agencies = Counter(agency for agency in self._holdings.agencies if agency)
        return Summary(
            documents=len(self),
            bad_records=self.bad_records,
            duplicates=int((self._heads != np.arange(len(self))).sum()),
            clusters=len(self._clusters),
            pairs={relation: int(codes[i + 1]) for i, relation in enumerate(RELATIONS)},
            blocks=dict(sorted(self._holdings.blocks.items())),
            agencies=dict(sorted(agencies.items(), key=lambda item: (-item[1], item[0]))),
            parameters=self._parameters(),
            versions=_versions(),
            seconds=self.seconds,
            peak_memory_mb=_peak_memory_mb(),
        )

    def report_data(self, linked: list[Pair] | None = None) -> ReportData:
        """Gather what a report shows.

        Parameters
        ----------
        linked
            The pairs that link members to their heads, where the caller has them already.
        """
        held = self._holdings
        clustered = {member.id for found in self._clusters for member in found.members}
        return ReportData(
            summary=self.summary(),
            clusters=self.clusters(),
            pairs=[pair for pair in self.pairs() if self.links(pair)] if linked is None else linked,
            documents=list(self.documents()),
            titles={id: title for id, title in zip(held.ids, held.titles, strict=True) if title},
            urls={id: url for id, url in zip(held.ids, held.urls, strict=True) if url},
            sites={id: site for id, site in zip(held.ids, held.sites, strict=True) if site},
            texts={id: self.text(id) for id in held.ids if id in clustered},
        )

    def links(self, pair: Pair) -> bool:
        """Say whether a pair links a member of a cluster to its head."""
        a, b = self._index[pair.a], self._index[pair.b]
        return bool(self._heads[a] == b or self._heads[b] == a)

    def _parameters(self) -> dict[str, Any]:
        options, cleaning = self.options, self.options.cleaning
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

    @cached_property
    def _index(self) -> dict[str, int]:
        return {id: index for index, id in enumerate(self._holdings.ids)}

    @cached_property
    def _codes(self) -> NDArray[np.uint8]:
        return match.relate(self._table, self.options.bounds)

    @cached_property
    def _heads(self) -> NDArray[np.int64]:
        binding = np.isin(self._codes, [RELATIONS.index(relation) + 1 for relation in self.options.cluster_on])
        held = self._holdings
        lengths = self._packed.lengths
        rank = cluster.priority(held.ids, held.published, lengths, held.agencies, self.options.keep)
        table = self._table
        return cluster.head_linked(len(self), table.a[binding], table.b[binding], rank, table.same)

    @cached_property
    def _clusters(self) -> list[Cluster]:
        heads = self._heads
        order = np.argsort(heads, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(heads[order])) + 1) if len(order) else []
        found = [(int(heads[group[0]]), group) for group in groups if len(group) > 1]
        return [self._cluster(head, group) for head, group in sorted(found, key=lambda item: int(item[1].min()))]

    def _cluster(self, head: int, group: NDArray[np.int64]) -> Cluster:
        held = self._holdings
        indices = [head, *(int(index) for index in group if index != head)]
        published = [held.published[index] for index in indices]
        sites = [held.sites[index] for index in indices]
        first = wire.earliest(published)
        return Cluster(
            cluster_id=cluster.cluster_id(held.ids[head]),
            size=len(indices),
            head=held.ids[head],
            members=[self._member(index, head) for index in indices],
            agency=_most_common([held.agencies[index] for index in indices]),
            origin=held.ids[indices[first]] if first is not None else None,
            first_published=wire.first_published(published),
            sites=wire.sites_in_order(sites, published),
        )

    def _member(self, index: int, head: int) -> Member:
        held = self._holdings
        site, published = held.sites[index], held.published[index]
        if index == head:
            return Member(held.ids[index], None, 1.0, 1.0, 1.0, int(self._sizes[index]), site, published)
        row, _ = self._table.against(index, head)
        shared, own, heads = (int(figure) for figure in (self._table.shared[row], *self._sizes[[index, head]]))
        return Member(
            id=held.ids[index],
            relation=RELATIONS[self._codes[row] - 1],
            jaccard=shared / (own + heads - shared),
            containment=shared / own,
            containment_head=shared / heads,
            shared=shared,
            site=site,
            published=published,
        )


def make_pairs(
    ids: list[str],
    packed: Packed,
    table: PairTable,
    rows: NDArray[np.int64],
    codes: NDArray[np.uint8],
    workers: int = 1,
) -> Iterator[Pair]:
    """Make the records of some rows of a table, with their passages."""
    a, b = table.a[rows], table.b[rows]
    spans, offsets = match.passages(packed, a, b, workers=workers)
    for k, row in enumerate(rows.tolist()):
        shared, size_a, size_b = int(table.shared[row]), int(table.size_a[row]), int(table.size_b[row])
        yield Pair(
            a=ids[a[k]],
            b=ids[b[k]],
            relation=RELATIONS[codes[row] - 1],
            jaccard=shared / (size_a + size_b - shared),
            containment_a=shared / size_a,
            containment_b=shared / size_b,
            shared=shared,
            passages=[tuple(span) for span in spans[offsets[k] : offsets[k + 1]].tolist()],
        )


def _most_common(agencies: list[str | None]) -> str | None:
    """Return the agency that most members credit; of equally many the head's, which is the first, then by name."""
    counts = Counter(agency for agency in agencies if agency)
    return min(counts, key=lambda name: (-counts[name], name != agencies[0], name), default=None)


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a source tree that was never installed
            found[name] = "unknown"
    return found


def _peak_memory_mb() -> float:
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
