"""`dedup clean`: each document with its cleaned text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from dedup.cli import options as opt
from dedup.records import Cleaned, Document

if TYPE_CHECKING:
    from dedup.clean.sites import SiteLines


@click.command("clean")
@opt.inputs
@opt.output
@click.option("--blocks", is_flag=True, help="Add every block of the input with its label and score.")
@opt.workers
@opt.cleaning
@opt.target("--learn-sites", help="Where to write what the sites repeat, for --sites; adds to what --sites knows.")
@opt.quiet
def command(**options: Any) -> None:
    """Strip the furniture from the documents of IN… and write each with its cleaned text, as JSONL."""
    from dedup import corpus
    from dedup.clean.sites import SiteLines
    from dedup.engine.cleaning import clean_documents, load_templates

    if options["learn_sites"] and opt.same_place(options["output"], options["learn_sites"]):
        raise click.UsageError("--output and --learn-sites are the same file")
    with ExitStack() as stack:
        stream = stack.enter_context(corpus.open_output(options["output"]))
        learned = stack.enter_context(corpus.open_output(options["learn_sites"])) if options["learn_sites"] else None
        source, screen, bar = stack.enter_context(opt.reading(options))
        lines = SiteLines(load_templates(options["sites"])) if learned else None
        how = opt.clean_options(options)
        cleaned = clean_documents(source.documents(bar), how, workers=opt.workers_of(options))
        count = corpus.write_jsonl(_rows(cleaned, options["blocks"], lines), stream)
        if lines and learned:
            learned.write(lines.learned().encode())
    screen.talk(f"{count:,} documents cleaned, {source.bad_records:,} records skipped")


def _rows(
    cleaned: Iterable[tuple[Document, Cleaned]], blocks: bool, lines: SiteLines | None
) -> Iterator[dict[str, Any]]:
    from dedup import corpus

    for document, result in cleaned:
        if lines:
            lines.add(document.site, result.blocks)
        row = corpus.as_dict(document) | {"text": result.text}
        row.pop("html", None)
        for name in ("title", "byline", "published"):
            if row.get(name) in (None, "") and (value := getattr(result, name)):
                row[name] = value
        yield row | ({"blocks": result.blocks} if blocks else {})
