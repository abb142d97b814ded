"""`dedup check`: the ingest gate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from dedup.cli import options as opt
from dedup.errors import InputError, OutputError
from dedup.records import Bounds

if TYPE_CHECKING:
    from dedup.cli.screen import Screen
    from dedup.engine.checking import CheckOptions, Held, Outcome
    from dedup.engine.gates import Each, Limit
    from dedup.engine.options import ScanOptions
    from dedup.verdicts import CheckData

FORMATS = ("text", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown")
SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where GitHub Actions says in which file a step's summary goes."""


class Target(NamedTuple):
    """A format and where it goes; None for the place that -o names."""

    format: str
    path: str | None


def _target(value: str) -> Target:
    name, equals, path = value.partition("=")
    if name not in FORMATS:
        raise click.BadParameter(f"no format is named '{name}': give one of {', '.join(FORMATS)}")
    if equals and not path:
        raise click.BadParameter(f"'{value}' names no file")
    return Target(name, path or None)


def _limit(value: str) -> Limit:
    from dedup.engine.gates import Limit

    try:
        return Limit.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _each(value: str, *, share: bool) -> Each:
    """Read what is asked of each document and, behind a colon, how many may fall short of it."""
    from dedup.engine.gates import Each

    try:
        return Each.of(value, share=share)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _boilerplate(value: str) -> Each:
    return _each(value, share=True)


def _chars(value: str) -> Each:
    return _each(value, share=False)


gates = opt.stack(
    click.option("--max-duplicates", type=_limit, metavar="LIMIT",
                 help="Exact or near copies of a document held or before it: a share, as 5%, or a number."),
    click.option("--max-excerpts", type=_limit, metavar="LIMIT",
                 help="Documents that are an excerpt of another, or hold one."),
    click.option("--max-boilerplate", type=_boilerplate, metavar="SHARE[:LIMIT]",
                 help="Share of furniture in a document's characters; LIMIT documents may have more, none by default."),
    click.option("--min-body-chars", type=_chars, metavar="N[:LIMIT]",
                 help="Characters of a document's text; LIMIT documents may have fewer, none by default."),
    click.option("--max-bad-records", type=_limit, metavar="LIMIT", help="Records that cannot be used."),
)  # fmt: skip
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST = 5


@click.command("check")
@opt.batch
@click.option(
    "--index",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="PATH",
    help="What is held already; without it the batch is checked against itself.",
)
@gates
@click.option("--add", is_flag=True, help="Add the documents that pass to the index, if every gate passes.")
@click.option("--baseline", type=_FILE, metavar="FILE", help="Ids of accepted documents: they count in no gate.")
@opt.target("--write-baseline", help="Accept what counts against a gate now, and write its ids here.")
@click.option(
    "--format",
    "format",
    type=_target,
    multiple=True,
    default=["text"],
    metavar="FORMAT[=FILE]",
    help=f"How to tell it: {', '.join(FORMATS)}. May be repeated, each with a FILE of its own.",
)
@opt.target("-o", "--output", default="-", help="Where to write the format without a FILE; stdout by default.")
@click.option(
    "--matches",
    type=click.IntRange(min=1),
    default=MOST,
    show_default=True,
    help="Matches told of each document, the best ones.",
)
@opt.no_clean
@opt.bounds
@opt.workers
@opt.memory
@opt.cleaning
@opt.quiet
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Tell whether the documents of IN… are news, and whether gates let them pass.

    Found are those that copy what the index holds or what came before them in IN…, that are mostly boilerplate, or
    too short. LIMIT is a share of the documents, as 5% or 0.05, or a number of them, as 10. Exit code 0: every gate
    passed; 1: one failed; 2: the check could not be made, and nothing was added.
    """
    from dedup.cli import GATE_FAILED, OK

    named = context.get_parameter_source("output") is not ParameterSource.DEFAULT
    targets = _targets(options, output_is_named=named)
    with ExitStack() as stack:
        index = stack.enter_context(_index(options))
        scan, asked = _scan_options(context, options, index), _check_options(options)
        outcome, screen = _checked(options, scan, asked, index)
        _write(outcome, targets, options["write_baseline"])
    _tell(screen, outcome.data, targets)
    return OK if outcome.data.passed else GATE_FAILED


def _targets(options: dict[str, Any], *, output_is_named: bool) -> list[tuple[str, str]]:
    """Return formats and places, all different; refuse options that do not go together."""
    targets = [(target.format, target.path or options["output"]) for target in options["format"]]
    written = [path for _, path in targets] + [path for path in [options["write_baseline"]] if path]
    taken = [str(options["index"])] if options["index"] else []
    for number, path in enumerate(written):
        if any(opt.same_place(path, other) for other in [*written[:number], *taken]):
            raise click.UsageError(f"'{path}' would be written twice: give each --format a FILE of its own")
    if output_is_named and all(target.path for target in options["format"]):
        raise click.UsageError("--output has nothing to take: every --format has a FILE of its own")
    if options["add"] and not options["index"]:
        raise click.UsageError("--add needs --index")
    if options["no_clean"] and options["max_boilerplate"]:
        raise click.UsageError("--max-boilerplate has no effect with --no-clean")
    if options["write_baseline"] and not any(options[name] for name in _gates_of_documents()):
        raise click.UsageError("--write-baseline needs a gate: what counts against it is accepted")
    return targets


def _gates_of_documents() -> list[str]:
    return ["max_duplicates", "max_excerpts", "max_boilerplate", "min_body_chars"]


@contextmanager
def _index(options: dict[str, Any]) -> Iterator[Held | None]:
    """Open the index, for writing from the start where documents are to be added: the verdict holds until they are."""
    if not options["index"]:
        yield None
        return
    from dedup.index import Index

    with Index.open(options["index"], write=options["add"]) as index:
        yield index


def _scan_options(context: click.Context, options: dict[str, Any], index: Held | None) -> ScanOptions:
    """Build how to clean and match; bounds that nobody named are the index's."""
    if index is not None:
        for name in Bounds.__struct_fields__:
            if context.get_parameter_source(name) is ParameterSource.DEFAULT:
                options[name] = getattr(index.bounds, name)
    return opt.scan_options({**options, "keep": "first", "cluster_on": ()})


def _check_options(options: dict[str, Any]) -> CheckOptions:
    from dedup.engine.baseline import read_baseline
    from dedup.engine.checking import CheckOptions
    from dedup.engine.gates import Gates

    return CheckOptions(
        gates=Gates(**{name: options[name] for name in Gates.__struct_fields__}),
        baseline=read_baseline(options["baseline"]) if options["baseline"] else frozenset(),
        accept=bool(options["write_baseline"]),
        add=options["add"],
        most=options["matches"],
    )


def _checked(
    options: dict[str, Any], scan: ScanOptions, asked: CheckOptions, index: Held | None
) -> tuple[Outcome, Screen]:
    from dedup.engine.checking import check

    try:
        with opt.reading({**options, "format": options["input_format"]}, options["index"]) as (source, screen, bar):
            documents = source.documents(bar)
            return check(documents, scan, asked, index, bar, bad=lambda: (source.bad_records, source.bad)), screen
    except InputError as error:
        error.hint = error.hint and error.hint.replace("--format", "--input-format")
        raise


def _write(outcome: Outcome, targets: list[tuple[str, str]], baseline: str | None) -> None:
    """Write the verdict and the baseline, and add to the index; what was there stays until all of it can be done."""
    from dedup import corpus
    from dedup.engine.baseline import write_baseline
    from dedup.report.verdicts import VERDICTS

    data = outcome.data
    paths = [path for _, path in targets] + ([baseline] if baseline else [])
    try:
        is_action = any(name == "github" for name, _ in targets)
        with _summary(is_action) as summary, corpus.open_outputs(paths, outcome.adding()) as streams:
            for (name, _), stream in zip(targets, streams, strict=False):
                stream.writelines(VERDICTS[name](data))
            if baseline:
                write_baseline(data.rows, streams[-1])
            summary(data)
    except BrokenPipeError:
        from dedup.cli import give_up_stdout

        give_up_stdout()
        if data.added:
            hint = "Nothing was added: let who reads the output read it to its end"
            raise OutputError("the reader has gone", where="stdout", hint=hint) from None


@contextmanager
def _summary(is_wanted: bool) -> Iterator[Callable[[CheckData], None]]:
    """Give what adds to the summary of a step of GitHub Actions, where this is one; taken back if the block fails."""
    from dedup.report.verdicts import VERDICTS

    path = os.environ.get(SUMMARY)
    if not path or not is_wanted:
        yield lambda data: None
        return
    before = -1

    def write(data: CheckData) -> None:
        nonlocal before
        try:
            with Path(path).open("ab") as file:
                before = file.tell()
                file.writelines(VERDICTS["markdown"](data))
        except OSError as error:
            hint = f"It is what {SUMMARY} names"
            raise OutputError(f"cannot be written: {error.strerror or error}", where=path, hint=hint) from error

    try:
        yield write
    except BaseException:
        if before >= 0:
            with suppress(OSError):
                os.truncate(path, before)
        raise


def _tell(screen: Screen, data: CheckData, targets: list[tuple[str, str]]) -> None:
    """Say on stderr how it went, where stdout does not."""
    from dedup.report.findings import headline

    if all(path != "-" for _, path in targets):
        screen.talk(f"{'passed' if data.passed else 'FAILED'}: {headline(data)}")
