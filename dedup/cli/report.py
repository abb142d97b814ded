"""`dedup report`: what a scan found, as a page, a summary, tables or a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli import options as opt
from dedup.cli.screen import Screen

if TYPE_CHECKING:
    from dedup.records import ReportData

# What each format is called in the folder of the scan.
NAMES = {
    "html": "report.html",
    "markdown": "report.md",
    "csv": "{table}.csv",
    "parquet": "{table}.parquet",
    "graphml": "network.graphml",
}


@click.command("report")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(list(NAMES)), default="html", show_default=True, help="What to write.")
@click.option(
    "--table",
    type=click.Choice(["clusters", "outlets"]),
    default="clusters",
    show_default=True,
    help="Of csv and parquet: a row for each member of a cluster, or for each outlet.",
)
@opt.lang
@opt.texts
@opt.target("-o", "--output", help="Where to write; - is stdout. In DIR by default, as report.html or by its format.")
@opt.quiet
def command(**options: Any) -> None:
    """Write a report of the scan in DIR: the page anew, a Markdown summary, tables, or who copied from whom.

    The network of GraphML is for Gephi, yEd, Cytoscape, igraph or networkx. Parquet needs newsdedup[parquet].
    """  # fmt: skip
    from dedup import corpus
    from dedup.engine.folder import read_folder

    name = NAMES[options["format"]].format(table=options["table"])
    target = options["output"] or str(options["folder"] / name)
    data = read_folder(options["folder"], options["texts"] if options["format"] == "html" else "none")
    with corpus.open_output(target) as stream:
        for piece in _pieces(data, options):
            stream.write(piece)
    screen = Screen(quiet=options["quiet"])
    if options["format"] == "html":
        screen.talk(_embedded(data))
    if target != corpus.output.STDOUT:
        screen.talk(f"report: {target}")


def _pieces(data: ReportData, options: dict[str, Any]) -> Iterable[bytes]:
    """Write the format that was asked for."""
    from dedup.report import graphml, markdown, tables

    if options["format"] == "html":
        return _page(data, options["lang"])
    if options["format"] == "markdown":
        return markdown.render_markdown(data)
    if options["format"] == "graphml":
        return graphml.render_graphml(data)
    table = {"clusters": tables.cluster_table, "outlets": tables.outlet_table}[options["table"]](data)
    return {"csv": tables.write_csv, "parquet": tables.write_parquet}[options["format"]](table)


def _page(data: ReportData, lang: str) -> Iterator[bytes]:
    from dedup.report import render_html

    return (piece.encode("utf8", "replace") for piece in render_html(data, lang=lang))


def _embedded(data: ReportData) -> str:
    members = sum(len(cluster.members) for cluster in data.clusters)
    left = "; the rest is left out" if len(data.readings) < members else ""
    return f"texts: {len(data.readings):,} of {members:,} in clusters{left}"
