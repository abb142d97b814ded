"""`dedup clean`: each document with its cleaned text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from dedup.cli import options as opt
from dedup.cli.screen import printable
from dedup.records import Block, Cleaned, Document

if TYPE_CHECKING:
    from dedup.clean.explain import Reason
    from dedup.clean.sites import SiteLines


SHOWN = 100
"""Characters of a block that --explain shows."""


@click.command("clean")
@opt.inputs
@opt.target("-o", "--output", default="-", help="Where to write; stdout by default.")
@click.option("--blocks", is_flag=True, help="Add every block of the input with its label and score.")
@click.option(
    "--explain", is_flag=True, help="Instead of JSON, show each block with its label and what spoke for and against it."
)
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
    if options["explain"]:
        if options["blocks"] or options["learn_sites"] or options["sites"]:
            raise click.UsageError("--blocks, --learn-sites and --sites have no effect with --explain")
        _explain(options)
        return
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


def _explain(options: dict[str, Any]) -> None:
    from dedup import corpus
    from dedup.engine.cleaning import explain_documents

    with corpus.open_output(options["output"]) as stream, opt.reading(options) as (source, _screen, bar):
        for document, blocks in explain_documents(source.documents(bar), opt.clean_options(options)):
            stream.write(printable(f"== {document.id}").encode("utf-8", "replace") + b"\n")
            for block, reasons in blocks:
                stream.write(_shown(block, reasons).encode("utf-8", "replace"))


def _shown(block: Block, reasons: Sequence[Reason]) -> str:
    text = block.text if len(block.text) <= SHOWN else block.text[: SHOWN - 1] + "…"
    why = "; ".join(f"{reason.what} {reason.towards_body:+.1f}" for reason in reasons)
    return f"{block.label:<10} {block.score:4.2f}  {printable(text)}\n{'':<17}{printable(why)}\n"


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
