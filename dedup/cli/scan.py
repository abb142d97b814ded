"""`dedup scan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedup.cli import options as opt


@click.command("scan")
@opt.inputs
@opt.target("-o", "--output", required=True, metavar="DIR", help="Folder for the results; made if it is missing.")
@opt.scanning
def command(**options: Any) -> None:
    """Find who copied what among the documents of IN…: clean, sketch, match, cluster, attribute.

    IN… are files, folders, globs, or - for stdin: JSONL, CSV, TSV, HTML, text, Parquet, WARC and WET, also
    compressed. DIR receives pairs.jsonl, clusters.jsonl, documents.jsonl, summary.json and report.html.
    """
    from dedup import corpus, report
    from dedup.engine.local import scan
    from dedup.engine.output import write

    target = Path(options["output"])
    with corpus.output_folder(target) as folder, opt.reading(options, exclude=target) as (source, screen, bar):
        result = scan(source.documents(bar), opt.scan_options(options), bar)
        result.bad_records = source.bad_records
        bar.stage("write")
        data = write(result, folder)
    screen.show(report.summary_table(data))
    screen.talk(f"report: {options['output']}/report.html")
