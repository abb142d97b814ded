"""The summary of a scan for a terminal: one screen, 80 columns, no colour needed to read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dedup.records import RELATIONS, STRIPPED, ReportData, Summary

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

LARGEST = 8
"""Clusters shown: with the figures above them they fill one screen of 30 lines."""


def summary_table(data: ReportData) -> Group:
    """Draw what a scan found.

    Parameters
    ----------
    data
        The rows of the scan; only the summary, the clusters and the titles of their heads are read.

    Returns
    -------
    rich.console.Group
        At most 30 lines at 80 columns. Names from the data are never read as markup.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    summary = data.summary
    figures = Table.grid(padding=(0, 4))
    figures.add_row(_copies(summary), _furniture(summary), _time(summary))
    parts: list[Text | Table] = [Text(line) for line in _headlines(summary)]
    parts += [Text(), figures]
    if data.clusters:
        parts += [Text(), _largest(data)]
    return Group(*parts)


def _headlines(summary: Summary) -> list[str]:
    share = f" ({summary.duplicates / summary.documents:.1%})" if summary.documents else ""
    lines = [
        f"{_count(summary.documents, 'document')}: {_count(summary.duplicates, 'duplicate')}{share}"
        f" in {_count(summary.clusters, 'cluster')}"
    ]
    if summary.bad_records:
        lines.append(f"{_count(summary.bad_records, 'bad record')} skipped")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _copies(summary: Summary) -> Table:
    return _figures("Pairs", ((name, f"{summary.pairs.get(name, 0):,}") for name in RELATIONS))


def _furniture(summary: Summary) -> Table:
    counts = [(label, summary.blocks.get(label, 0)) for label in STRIPPED]
    if not summary.blocks:
        return _figures("Blocks stripped", [("texts taken as they are" if summary.documents else "none", "")])
    counts.sort(key=lambda entry: -entry[1])
    return _figures("Blocks stripped", ((label, f"{count:,}") for label, count in counts if count))


def _time(summary: Summary) -> Table:
    rows = [(stage, f"{seconds:.1f} s") for stage, seconds in summary.seconds.items()]
    return _figures("Time and memory", [*rows, ("peak memory", f"{summary.peak_memory_mb:,.0f} MB")])


def _figures(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    from rich.table import Table

    table = Table(
        title=title,
        min_width=len(title),
        title_justify="left",
        title_style="bold",
        box=None,
        show_header=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _largest(data: ReportData) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title="Largest clusters", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), expand=True
    )
    table.add_column("Size", justify="right")
    table.add_column("Headline", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("Agency", no_wrap=True, max_width=14, overflow="ellipsis")
    table.add_column("First published", no_wrap=True)
    table.add_column("Sites", justify="right")
    largest = sorted(data.clusters, key=lambda cluster: -cluster.size)[:LARGEST]
    heads = {cluster.head for cluster in largest}
    titles = {row.id: row.title for row in data.documents if row.id in heads}
    for cluster in largest:
        headline = " ".join((titles.get(cluster.head) or cluster.head).split())
        row = (
            f"{cluster.size:,}",
            headline,
            cluster.agency or "",
            _day(cluster.first_published),
            str(len(cluster.sites)),
        )
        table.add_row(*(Text(_shown(cell)) for cell in row))
    return table


def _day(published: str | None) -> str:
    """Give a date without its time, which needs the offset to be read: a page has room for that."""
    return (published or "")[:10]


def _shown(text: str) -> str:
    """Leave out what would move a terminal's cursor or turn its writing around."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
