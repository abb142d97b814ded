"""`dedup scan`: the main job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli import options as opt
from dedup.cli.screen import Screen
from dedup.errors import DedupError, OutputError

if TYPE_CHECKING:
    from dedup.cli.screen import Bar
    from dedup.engine.options import ScanOptions
    from dedup.engine.work import Work
    from dedup.records import ReportData

WORK = ".dedup-scan"
"""Hidden, so that a folder that is read while it is written to does not show it."""


@click.command("scan")
@opt.inputs
@opt.target("-o", "--output", required=True, metavar="DIR", help="Folder for the results; made if it is missing.")
@opt.scanning
@opt.texts
@opt.lang
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Where to work: on this machine, or on Apache Spark.",
)
@click.option("--master", metavar="URL", help="Spark's master, as spark://host:7077 or local[4].")
@click.option(
    "--parts",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="What Spark writes pairs, clusters and documents as: folders of such files.",
)
@click.option("--no-passages", is_flag=True, help="List pairs without what they share; faster.")
@click.option("--resume", is_flag=True, help="Go on where the same scan into DIR was stopped or killed.")
def command(**options: Any) -> None:
    """Find who copied what among the documents of IN…: clean, sketch, match, cluster, attribute.

    IN… are files, folders, globs, or - for stdin: JSONL, CSV, TSV, HTML, text, Parquet, WARC and WET, also
    compressed. DIR receives pairs, clusters, documents, outlets and texts as .jsonl, summary.json and
    report.html.
    """
    from dedup import corpus, report
    from dedup.engine.local import scan
    from dedup.engine.output import write

    target = Path(options["output"])
    with ExitStack() as stack:
        work = stack.enter_context(_work(target, options))
        folder = stack.enter_context(corpus.output_folder(target))  # its files are in place before the work goes
        corpus.sweep(target, folder)
        source, screen, bar = stack.enter_context(opt.reading(options, exclude=target))
        asked = opt.scan_options(options)
        if options["engine"] == "spark":
            data = _on_spark(source, asked, work, folder, options, bar)
        else:
            result = scan(source.documents(bar), asked, bar, work=work, bad_records=lambda: source.bad_records)
            data = write(result, folder, bar)
        table = report.summary_table(data)
    screen.show(table)
    screen.talk(f"report: {options['output']}/report.html")


def _on_spark(
    source: opt.Reading, asked: ScanOptions, work: Work, folder: Path, options: dict[str, Any], bar: Bar
) -> ReportData:
    from dedup.corpus import FieldMap
    from dedup.engine import spark
    from dedup.engine.spark.output import write

    result = spark.scan_files(
        spark.open_session(options["master"]),
        options["inputs"],
        asked,
        work,
        format=options["format"],
        exclude=Path(options["output"]),
        fields=FieldMap(**opt.overrides(options)),
        strict=options["strict"],
        on_bad=source.tell,
        progress=bar,
    )
    source.count(result.summary.documents, result.summary.bad_records)
    return write(result, folder, options["parts"])


@contextmanager
def _work(target: Path, options: dict[str, Any]) -> Iterator[Work]:
    """Open the scan's own folder in the one for its results, and delete it at the end.

    It stays where a scan was stopped or found no room on the disk, and of course after a kill: that one may go on.
    """
    from dedup import corpus
    from dedup.engine.local import plan
    from dedup.engine.work import Work

    asked = {
        **plan(opt.scan_options(options)),
        "inputs": corpus.listing(options["inputs"], format=options["format"], exclude=target),
        "format": options["format"],
        "engine": options["engine"],
        "fields": opt.overrides(options),
    }
    made = [folder for folder in (target, *target.parents) if not folder.exists()]
    work = Work(target / WORK, asked, resume=options["resume"])
    try:
        yield work
    except BaseException as error:
        in_vain = isinstance(error, DedupError) and not isinstance(error, OutputError)  # it would fail again
        if in_vain or not work.state.documents:
            work.remove()
            for folder in made:
                with suppress(OSError):  # something else has come to stand in it
                    folder.rmdir()
        else:
            work.release()
            Screen().say(f"what is done is kept in {target}: the same command with --resume goes on")
        raise
    work.remove()
