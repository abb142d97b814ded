"""`dedup fields`: which field names are understood."""

from __future__ import annotations

import click


@click.command("fields")
def command() -> None:
    """Show the field names of documents, and the names seen in the wild that are read as each of them."""
    from dedup import corpus

    for field, names in corpus.aliases().items():
        click.echo(f"{field:<10} {', '.join(names)}")
