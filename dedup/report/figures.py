"""The figures and pictures of the report: counts per bar, nothing about how they are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from dedup.records import RELATIONS, REPEATED, STRIPPED, Cluster, ReportData


class Bar(NamedTuple):
    """One bar of a picture."""

    label: str
    number: int
    share: float
    """Of the longest bar, 0 to 1."""


class Picture(NamedTuple):
    """A bar chart in words and figures."""

    slug: str
    title: str
    note: str
    """What is counted, and what is not."""
    bars: list[Bar]
    """Empty where there is nothing to show."""


class Figure(NamedTuple):
    """One number of the overview."""

    value: str
    label: str


class SiteRow(NamedTuple):
    """What was stripped from the pages of one site."""

    site: str
    documents: int
    blocks: int
    a_page: str
    repeated: int
    """Of these, those that only their repetition gave away."""
    labels: str
    """The other labels with their counts, most first."""


SITES_SHOWN = 25
"""Sites with the most furniture: one screen."""

# Sizes are few and small, with a long tail: the bounds grow by about two.
_SIZES = ((2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 10**12))
# Hours after the first copy: wire copy is carried within minutes or overnight, the tail is what was kept for a weekend.
_DELAYS = (
    (1, "1 hour"),
    (3, "3 hours"),
    (6, "6 hours"),
    (12, "12 hours"),
    (24, "1 day"),
    (48, "2 days"),
    (168, "1 week"),
)
_DAYS = ((0, "same day"), (1, "1 day"), (2, "2 days"), (3, "3 days"), (7, "1 week"), (30, "30 days"))


def overview(data: ReportData) -> list[Figure]:
    """Give the numbers that stand first."""
    summary = data.summary
    share = f"{summary.duplicates / summary.documents:.1%}" if summary.documents else "–"
    sites = {site for cluster in data.clusters for site in cluster.sites}
    credited = sum(1 for cluster in data.clusters if cluster.agency)
    stripped = sum(summary.blocks.get(label, 0) for label in STRIPPED)
    return [
        Figure(f"{summary.documents:,}", "documents"),
        Figure(f"{summary.duplicates:,}", "duplicates"),
        Figure(share, "of documents are duplicates"),
        Figure(f"{summary.clusters:,}", "clusters"),
        Figure(f"{len(sites):,}", "sites in clusters"),
        Figure(f"{credited:,}", "clusters that credit an agency"),
        Figure(f"{stripped:,}", "furniture blocks stripped"),
        Figure(f"{summary.bad_records:,}", "bad records skipped"),
    ]


def pictures(data: ReportData) -> list[Picture]:
    """Give the four pictures of the overview."""
    return [_relations(data), _sizes(data.clusters), _stripped(data), _spread(data.clusters)]


def sites(data: ReportData) -> list[SiteRow]:
    """Give the sites from whose pages most was stripped, most first; empty where no text was cleaned."""
    if not data.summary.blocks:
        return []
    counts: dict[str, Counter[str]] = {}
    documents: Counter[str] = Counter()
    for row in data.documents:
        documents[data.sites.get(row.id, "")] += 1
        furniture = {label: n for label, n in row.stripped.items() if label in STRIPPED}
        counts.setdefault(data.sites.get(row.id, ""), Counter()).update(furniture)
    most = sorted((site for site in counts if counts[site]), key=lambda site: (-counts[site].total(), site))
    return [_site(site, documents[site], counts[site]) for site in most[:SITES_SHOWN]]


def _site(site: str, documents: int, counts: Counter[str]) -> SiteRow:
    blocks, repeated = counts.total(), counts.pop(REPEATED, 0)
    labels = ", ".join(f"{label} {n:,}" for label, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return SiteRow(site or "(no site)", documents, blocks, f"{blocks / documents:.1f}", repeated, labels)


def _relations(data: ReportData) -> Picture:
    counts = [(name, data.summary.pairs.get(name, 0)) for name in RELATIONS]
    return Picture("relations", "Copies by relation", "Pairs of documents that match.", _bars(counts))


def _sizes(clusters: Sequence[Cluster]) -> Picture:
    counts = []
    for low, high in _SIZES:
        label = str(low) if low == high else f"{low}–{high}" if high < 10**12 else f"{low} and more"
        counts.append((label, sum(low <= cluster.size <= high for cluster in clusters)))
    return Picture("sizes", "Cluster sizes", "Clusters by number of documents.", _bars(_trimmed(counts)))


def _stripped(data: ReportData) -> Picture:
    counts = [(label, data.summary.blocks.get(label, 0)) for label in STRIPPED]
    counts.sort(key=lambda entry: -entry[1])
    note = "Blocks of furniture that did not go into the texts."
    return Picture("stripped", "Blocks stripped by label", note, _bars(counts))


def _spread(clusters: Sequence[Cluster]) -> Picture:
    """Count copies by their delay after the first: in hours where times are known, else in days."""
    timed, dated, copies = [], [], 0
    for cluster in clusters:
        published = [member.published for member in cluster.members]
        copies += len(published) - 1
        timed += _delays([_instant(day) for day in published])
        dated += _delays([_midnight(day) for day in published])
    hours, steps = (timed, _DELAYS) if timed else ([delay / 24 for delay in dated], _DAYS)
    counts = Counter(next((name for bound, name in steps if delay <= bound), "later") for delay in hours)
    names = [*(name for _, name in steps), "later"]
    unit = "a time of day" if timed or not dated else "a date"
    note = f"Copies by delay after the first, at most the time named. {len(hours):,} of {copies:,} copies have {unit}."
    return Picture("spread", "Spread over time", note, _bars((name, counts[name]) for name in names))


def _delays(moments: Iterable[datetime | None]) -> list[float]:
    """Hours from the first moment to each other; the first itself is no copy."""
    known = sorted(moment for moment in moments if moment is not None)
    return [(moment - known[0]).total_seconds() / 3600 for moment in known[1:]]


def _instant(published: str | None) -> datetime | None:
    timed = len((published or "").strip()) > len("2026-03-03")
    return _moment(published) if timed else None


def _midnight(published: str | None) -> datetime | None:
    moment = _moment(published)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if moment else None


def _moment(published: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((published or "").strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _trimmed(counts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    while counts and not counts[-1][1]:
        counts.pop()
    return counts


def _bars(counts: Iterable[tuple[str, int]]) -> list[Bar]:
    counts = list(counts)
    longest = max((count for _, count in counts), default=0)
    return [Bar(label, count, count / longest) for label, count in counts] if longest else []
