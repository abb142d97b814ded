"""`dedup filter`: one document of each cluster."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from dedup.cli import options as opt


@click.command("filter")
@opt.inputs
@opt.output
@opt.target("--dropped", help="Where to write the other documents, each with the reason.")
@opt.scanning
def command(**options: Any) -> None:
    """Keep one document of each cluster of IN… and write it with its fields under dedup's names.

    Documents without a copy are kept too.
    """
    import msgspec

    from dedup import corpus
    from dedup.engine.filtering import Spool
    from dedup.engine.local import scan

    if options["dropped"] and opt.same_place(options["output"], options["dropped"]):
        raise click.UsageError("--output and --dropped are the same file")
    with ExitStack() as stack:
        kept = stack.enter_context(corpus.open_output(options["output"]))
        dropped = stack.enter_context(corpus.open_output(options["dropped"])) if options["dropped"] else None
        source, screen, bar = stack.enter_context(opt.reading(options))
        spool = stack.enter_context(Spool())
        asked = opt.scan_options(options)
        asked = msgspec.structs.replace(
            asked, listed=asked.cluster_on, attribute=asked.keep == "agency", keep_texts=False
        )
        result = scan(spool.through(source.documents(bar)), asked, bar)
        bar.stage("write")
        counts = spool.write(result, kept, dropped)
    screen.talk(f"{counts.kept:,} documents kept, {counts.dropped:,} dropped, {source.bad_records:,} records skipped")
