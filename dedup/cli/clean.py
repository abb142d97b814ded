"""`dedup clean`: each document with its cleaned text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from dedup.cli import options as opt
from dedup.records import Cleaned, Document


@click.command("clean")
@opt.inputs
@opt.output
@click.option("--blocks", is_flag=True, help="Add every block of the input with its label and score.")
@opt.workers
@opt.model
@opt.quiet
def command(**options: Any) -> None:
    """Strip the furniture from the documents of IN… and write each with its cleaned text, as JSONL."""
    from dedup import corpus
    from dedup.engine.cleaning import clean_documents

    with corpus.open_output(options["output"]) as stream, opt.reading(options) as (source, screen, bar):
        cleaned = clean_documents(source.documents(bar), workers=opt.workers_of(options), model=options["model"])
        count = corpus.write_jsonl(_rows(cleaned, options["blocks"]), stream)
    screen.talk(f"{count:,} documents cleaned, {source.bad_records:,} records skipped")


def _rows(cleaned: Iterable[tuple[Document, Cleaned]], blocks: bool) -> Iterator[dict[str, Any]]:
    from dedup import corpus

    for document, result in cleaned:
        document.html = None
        document.text = result.text
        row = corpus.as_dict(document)
        yield {**row, "text": result.text} | ({"blocks": result.blocks} if blocks else {})
