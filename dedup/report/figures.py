"""The counts behind the report's overview and pictures: numbers only, nothing about how they are drawn or said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from dedup.records import RELATIONS, STRIPPED, Cluster, DocumentRow, Outlet, ReportData


class Figures(msgspec.Struct, frozen=True):
    """The numbers that stand first."""

    documents: int
    duplicates: int
    clusters: int
    sites: int
    """Sites that stand in clusters."""
    credited: int
    """Clusters that credit an agency."""
    stripped: int
    """Blocks of furniture."""
    bad_records: int


class Sizes(msgspec.Struct, frozen=True, array_like=True):
    """Clusters of `low` to `high` documents; `high` is None for the last, open step."""

    low: int
    high: int | None
    clusters: int


class Spread(msgspec.Struct, frozen=True):
    """Copies by their delay after the first copy of their cluster."""

    unit: Literal["hours", "days"]
    """Hours where times of day are known, else days."""
    steps: list[tuple[float | None, int]]
    """The longest delay of a step, None for the last, open one, and the copies in it. Empty where no delay is known."""
    known: int
    """Copies whose delay is known, of …"""
    copies: int
    """… so many."""


class Matrix(msgspec.Struct, frozen=True):
    """Counts of something in rows and columns."""

    rows: list[str]
    columns: list[str]
    cells: list[list[int]]


class Stripped(msgspec.Struct, frozen=True, array_like=True):
    """What was stripped from the pages of one site."""

    site: str | None
    documents: int
    blocks: dict[str, int]
    """By label, as in `STRIPPED`."""


MATRIX_ROWS, MATRIX_COLUMNS = 15, 9
"""Outlets and agencies of the matrix: what can still be read on a laptop without scrolling."""

# Sizes are few and small, with a long tail: the steps grow by about two.
_SIZES = ((2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
# Wire copy is carried within minutes or overnight; the tail is what was kept for a weekend.
_HOURS = (1, 3, 6, 12, 24, 48, 168)
_DAYS = (0, 1, 2, 3, 7, 30)


def overview(data: ReportData) -> Figures:
    """Give the numbers that stand first."""
    summary = data.summary
    return Figures(
        documents=summary.documents,
        duplicates=summary.duplicates,
        clusters=summary.clusters,
        sites=len({site for cluster in data.clusters for site in cluster.sites}),
        credited=sum(1 for cluster in data.clusters if cluster.agency),
        stripped=sum(summary.blocks.get(label, 0) for label in STRIPPED),
        bad_records=summary.bad_records,
    )


def relations(pairs: dict[str, int]) -> dict[str, int]:
    """Give the pairs by relation, strongest first; empty where there is no pair."""
    return {name: pairs.get(name, 0) for name in RELATIONS} if any(pairs.values()) else {}


def sizes(clusters: Sequence[Cluster]) -> list[Sizes]:
    """Count clusters by size, up to the last step that has any."""
    counts = Counter(cluster.size for cluster in clusters)
    steps = [
        Sizes(low, high, sum(n for size, n in counts.items() if size >= low and (high is None or size <= high)))
        for low, high in _SIZES
    ]
    while steps and not steps[-1].clusters:
        steps.pop()
    return steps


def spread(clusters: Sequence[Cluster]) -> Spread:
    """Count copies by their delay: in hours where times are known, else in days."""
    copies = sum(max(0, len(cluster.members) - 1) for cluster in clusters)
    timed = [delay for cluster in clusters for delay in _hours(cluster)]
    if timed:
        return _spread("hours", timed, _HOURS, copies)
    return _spread("days", [delay for cluster in clusters for delay in _days(cluster)], _DAYS, copies)


def _spread(unit: Literal["hours", "days"], delays: list[float], bounds: Sequence[float], copies: int) -> Spread:
    ends = [*bounds, None]
    counts = [0] * len(ends)
    for delay in delays:
        counts[next((at for at, bound in enumerate(bounds) if delay <= bound), -1)] += 1
    return Spread(unit, list(zip(ends, counts, strict=True)) if delays else [], len(delays), copies)


def _hours(cluster: Cluster) -> list[float]:
    """Give the delays of the copies; one document without a delay is the first, and no copy."""
    return sorted(member.delay_hours for member in cluster.members if member.delay_hours is not None)[1:]


def _days(cluster: Cluster) -> list[float]:
    known = sorted(day for member in cluster.members if (day := _day(member.published)) is not None)
    return [(day - known[0]) / timedelta(days=1) for day in known[1:]]


def _day(published: str | None) -> datetime | None:
    """Give the day as its place states it: without a time, no time zone can be applied."""
    try:
        return datetime.fromisoformat((published or "").strip()[: len("2026-03-03")]).replace(tzinfo=UTC)
    except ValueError:
        return None


def carried(outlets: Sequence[Outlet]) -> Matrix:
    """Count documents by outlet and credited agency: the outlets with most of them, and the agencies credited most."""
    totals: Counter[str] = Counter()
    for outlet in outlets:
        totals.update(outlet.agencies)
    columns = sorted(totals, key=lambda name: (-totals[name], name))[:MATRIX_COLUMNS]
    credited = sorted(
        (outlet for outlet in outlets if outlet.agencies),
        key=lambda outlet: (-sum(outlet.agencies.get(name, 0) for name in columns), outlet.site),
    )[:MATRIX_ROWS]
    cells = [[outlet.agencies.get(name, 0) for name in columns] for outlet in credited]
    return Matrix([outlet.site for outlet in credited], columns, cells)


def stripped(documents: Iterable[DocumentRow]) -> list[Stripped]:
    """Count blocks of furniture by site and label, the sites with most first; those with none are left out."""
    pages: Counter[str | None] = Counter()
    blocks: dict[str | None, Counter[str]] = {}
    furniture = frozenset(STRIPPED)
    for row in documents:
        pages[row.site] += 1
        counts = blocks.setdefault(row.site, Counter())
        for label, number in row.stripped.items():
            if label in furniture:
                counts[label] += number
    found = [Stripped(site, pages[site], dict(counts)) for site, counts in blocks.items() if counts.total()]
    return sorted(found, key=lambda entry: (-sum(entry.blocks.values()), entry.site or ""))
