"""`dedup fields`: which field names are understood."""

from __future__ import annotations

import click

INDENT = 11


@click.command("fields")
def command() -> None:
    """Show the field names of documents, and the names seen in the wild that are read as each of them.

    A field's own name goes before the others, and of those the one that stands first; case does not count.
    --text-field and its sisters override the table.
    """
    from dedup import corpus

    for field, names in corpus.aliases().items():
        listed = click.wrap_text(
            ", ".join(names), width=88, initial_indent=" " * INDENT, subsequent_indent=" " * INDENT
        )
        click.echo(f"{field:<{INDENT}}{listed.lstrip()}")
