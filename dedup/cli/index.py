"""`dedup index`: documents that are held on disk, for new ones to be checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedup.cli import options as opt
from dedup.cli.screen import Screen

DAMAGED = 1
"""Exit code of `verify` for an index that is not sound."""
_FOLDER = click.Path(file_okay=False, path_type=Path)
_path = click.argument("path", metavar="PATH", type=_FOLDER)


@click.group("index")
@click.pass_context
def command(context: click.Context) -> None:
    """Keep documents in a folder, PATH, that new ones are checked against.

    One command writes at a time; any number may read meanwhile.
    """
    context.default_map = dict.fromkeys(command.commands, context.default_map or {})


@command.command()
@_path
@opt.bounds
@click.option("--texts", is_flag=True, help="Keep the cleaned texts too, compressed; export gives them back.")
@opt.quiet
def create(path: Path, **options: Any) -> None:
    """Make an empty index in PATH, for checks under these bounds or higher ones."""
    from dedup.index import Index

    Index.create(path, opt.bounds_of(options), texts=options["texts"]).close()
    Screen(quiet=options["quiet"]).talk(f"made an index in {path}")


@command.command()
@_path
@opt.inputs
@opt.no_clean
@click.option("--skip-held", is_flag=True, help="Pass over documents whose id is held, as after an interrupted run.")
@opt.workers
@opt.cleaning
@opt.quiet
def add(path: Path, **options: Any) -> None:
    """Clean the documents of IN… as a scan does and add them to the index in PATH.

    They go in by batches of 10,000, each there as a whole once it is on the disk.
    """
    from dedup.engine.indexing import AddOptions, add_documents
    from dedup.index import Index

    cleaning, workers = opt.clean_options(options), opt.workers_of(options)
    asked = AddOptions(not options["no_clean"], cleaning, options["skip_held"], workers)
    with Index.open(path, write=True) as index:
        with opt.reading(options, exclude=path) as (source, screen, bar):
            done = add_documents(index, source.documents(bar), asked, bar)
        skipped = f", {done.skipped:,} were held already" if done.skipped else ""
        screen.talk(f"{done.added:,} documents added{skipped}, {source.bad_records:,} records skipped")
        screen.talk(f"{len(index):,} documents are held")


@command.command()
@_path
@click.argument("ids", metavar="ID…", nargs=-1)
@click.option(
    "--ids-from", type=click.File(encoding="utf8"), metavar="FILE", help="File of ids, one a line; - is stdin."
)
@opt.quiet
def remove(path: Path, ids: tuple[str, ...], ids_from: Any, quiet: bool) -> None:
    """Remove documents from the index in PATH by their ids; compact frees their place."""
    from dedup.index import Index

    wanted = [*ids, *((line.rstrip("\r\n") for line in ids_from) if ids_from else ())]
    if not wanted:
        raise click.UsageError("no id: give some, or a file of them with --ids-from")
    screen = Screen(quiet=quiet)
    with Index.open(path, write=True) as index:
        removed = index.remove(wanted)
        screen.talk(f"{removed:,} documents removed, {len(set(wanted)) - removed:,} of these ids were not held")


@command.command()
@_path
def stats(path: Path) -> None:
    """Say as JSON what the index in PATH holds: documents, texts, segments, bytes, bounds, whether it keeps texts."""
    import msgspec

    from dedup.index import Index

    with Index.open(path) as index:
        click.echo(msgspec.json.format(msgspec.json.encode(index.stats())))


@command.command()
@_path
@opt.quiet
@click.pass_context
def verify(context: click.Context, path: Path, quiet: bool) -> None:
    """Look at every byte of the index in PATH; what is wrong goes to stdout, and the exit code is 1."""
    from dedup.index import Index

    with Index.open(path) as index:
        problems = index.verify()
        for problem in problems:
            click.echo(problem)
        if problems:
            context.exit(DAMAGED)
        Screen(quiet=quiet).talk(f"{len(index):,} documents, all sound")


@command.command()
@_path
@opt.quiet
def compact(path: Path, quiet: bool) -> None:
    """Merge what the index in PATH holds, and free the place of removed documents."""
    from dedup.index import Index

    with Index.open(path, write=True) as index:
        before = index.stats().bytes
        index.compact()
        after = index.stats().bytes
    Screen(quiet=quiet).talk(f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")


@command.command()
@_path
@opt.target("-o", "--output", default="-", show_default=True, help="Where to write; - is stdout.")
def export(path: Path, output: str) -> None:
    """Write the documents of the index in PATH as JSON Lines: id, site, date, agency, and texts where they are kept."""
    import msgspec

    from dedup import corpus
    from dedup.index import Index

    encoder = msgspec.json.Encoder()
    with Index.open(path) as index, corpus.open_output(output) as file:
        for row in index.export():
            file.write(encoder.encode(row) + b"\n")
