"""`dedup explain`: why two documents match."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from dedup.cli import options as opt
from dedup.cli.screen import printable

if TYPE_CHECKING:
    from dedup.engine.explaining import Explanation

# Code points shown of each side of a passage: a screen or two. Whole copies can be megabytes long.
PASSAGE_SHOWN = 2000


@click.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@opt.inputs
@opt.no_clean
@opt.bounds
@opt.cleaning
@opt.quiet
def command(**options: Any) -> None:
    """Show why the documents with the ids A and B match: numbers, then the shared passages side by side."""
    from dedup.engine.explaining import explain
    from dedup.engine.options import ScanOptions

    cleaning = opt.clean_options(options)
    how = ScanOptions(clean=not options["no_clean"], bounds=opt.bounds_of(options), cleaning=cleaning)
    with opt.reading(options) as (source, _screen, bar):
        found = explain(options["a"], options["b"], source.documents(bar), how)
    for line in _figures(found):
        click.echo(line)
    _passages(found)


def _figures(found: Explanation) -> Iterator[str]:
    pair = found.pair
    yield f"A  {printable(pair.a)}  {found.shingles_a:,} shingles"
    yield f"B  {printable(pair.b)}  {found.shingles_b:,} shingles"
    yield ""
    yield f"relation      {found.relation or 'none under these bounds'}"
    yield f"shared        {pair.shared:,} shingles"
    yield f"Jaccard       {pair.jaccard:.4f}"
    yield f"containment   {pair.containment_a:.4f} of A, {pair.containment_b:.4f} of B"
    yield f"passages      {len(pair.passages)}"


def _passages(found: Explanation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for number, (a_start, a_end, b_start, b_end) in enumerate(found.pair.passages, 1):
        table = Table(title=f"passage {number}", title_justify="left", show_lines=False, expand=True, box=None)
        table.add_column(f"A {a_start}–{a_end}", ratio=1)
        table.add_column(f"B {b_start}–{b_end}", ratio=1)
        table.add_row(Text(_shown(found.text_a[a_start:a_end])), Text(_shown(found.text_b[b_start:b_end])))
        with console.capture() as capture:  # rich itself would exit 1 where the reader of stdout has gone
            console.print()
            console.print(table)
        click.echo(capture.get(), nl=False)


def _shown(passage: str) -> str:
    shown = printable(passage[:PASSAGE_SHOWN], keep="\n\t")
    return shown if len(passage) <= PASSAGE_SHOWN else f"{shown}… ({len(passage):,} characters in all)"
