"""Options that several commands share, and what they build: a reader, bounds, a progress bar."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from dedup.cli.screen import Bar, Screen
from dedup.corpus.fields import NAMES
from dedup.corpus.interface import FORMATS
from dedup.errors import InputError
from dedup.records import BINDING, LABELS, RELATIONS, BadRecord, Bounds, Document, Label, Relation

if TYPE_CHECKING:
    from dedup.engine.options import CleanOptions, ScanOptions

F = TypeVar("F", bound=Callable[..., Any])

# Bad records shown one by one; the rest is only counted, so that a broken corpus does not flood the terminal.
BAD_RECORDS_SHOWN = 10
# And those that a report lists.
BAD_RECORDS_KEPT = 1000


def stack(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Make one decorator of several, as if they stood above each other."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def _not_empty(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("the name is empty", context, parameter)
    return value


def target(*names: str, metavar: str = "FILE", help: str, **more: Any) -> Callable[[F], F]:
    """Make an option that names what to write."""
    return click.option(*names, metavar=metavar, help=help, callback=_not_empty, **more)


def _inputs(format_option: str) -> Callable[[F], F]:
    """Make what every command takes that reads documents; `format_option` names their format."""
    return stack(
        click.argument("inputs", metavar="IN…", nargs=-1, required=True),
        click.option(format_option, type=click.Choice(FORMATS),
                     help="Format of the inputs, where the suffix does not tell (stdin is JSONL)."),
        click.option("--strict", is_flag=True, help="Stop at the first bad record instead of skipping it."),
        *(click.option(f"--{field}-field", metavar="NAME", help=f"Field that holds the {field}.") for field in NAMES),
    )  # fmt: skip


inputs = _inputs("--format")
batch = _inputs("--input-format")
"""The same, of a command whose `--format` is that of its output."""
output = target("-o", "--output", required=True, help="Where to write; - is stdout.")
workers = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes and threads to use; all cores by default."
)
model = click.option(
    "--model", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Classifier instead of the own one."
)
sites = click.option(
    "--sites",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is known of sites, from clean --learn-sites: lines that a site repeats are furniture.",
)


def _some_of(choices: tuple[str, ...], what: str, value: str) -> tuple[str, ...]:
    """Read names out of `choices`, separated by commas."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in choices:
            raise click.BadParameter(f"no {what} is named '{name}': give some of {', '.join(choices)}")
    return tuple(names)


def _labels(value: str) -> tuple[Label, ...]:
    return cast("tuple[Label, ...]", _some_of(LABELS, "label", value))


_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _bytes(value: str | int) -> int:
    """Read a size in bytes: 800M, 2G, 1.5GB."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", str(value), re.IGNORECASE)
    if not found:
        raise click.BadParameter(f"'{value}' is no size: write 800M or 2G")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def _relations(value: str) -> tuple[Relation, ...]:
    return cast("tuple[Relation, ...]", _some_of(RELATIONS, "relation", value))


favor = click.option(
    "--favor",
    type=click.Choice(["precision", "balanced", "recall"]),
    default="balanced",
    show_default=True,
    help="Keep less furniture (precision), or lose less body (recall).",
)
keep_labels = click.option(
    "--keep-labels",
    type=_labels,
    metavar="LABELS",
    default="",
    help="Labels of blocks that go into the text beside the body, as comments,caption.",
)
cleaning = stack(favor, keep_labels, model, sites)
"""What every command takes that cleans."""
quiet = click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
no_clean = click.option("--no-clean", is_flag=True, help="Take the texts as they are.")
bounds = stack(
    click.option("--min-jaccard", type=click.FloatRange(0, 1, min_open=True), default=Bounds().min_jaccard,
                 show_default=True, help="Jaccard similarity from which two documents are near copies."),
    click.option("--min-containment", type=click.FloatRange(0, 1, min_open=True), default=Bounds().min_containment,
                 show_default=True, help="Share of the shorter document inside the other that makes an excerpt."),
    click.option("--min-shared", type=click.IntRange(min=1), default=Bounds().min_shared, show_default=True,
                 help="Shared shingles an excerpt needs; a passage needs twice as many."),
)  # fmt: skip
keep = click.option(
    "--keep",
    type=click.Choice(["earliest", "longest", "agency", "first"]),
    default="earliest",
    show_default=True,
    help="Which copy heads a cluster.",
)


cluster_on = click.option(
    "--cluster-on",
    type=_relations,
    metavar="RELATIONS",
    default=",".join(BINDING),
    show_default=True,
    help="Relations that bind a document to a cluster's head: near alone leaves excerpts apart. exact always does.",
)
memory = click.option(
    "--memory",
    type=_bytes,
    metavar="SIZE",
    default="2G",
    show_default=True,
    help="Memory for buffers, as 800M or 4G, beside some hundred bytes a document; the rest waits on disk.",
)
texts = click.option(
    "--texts",
    type=click.Choice(["none", "heads", "all"]),
    default="all",
    show_default=True,
    help="Texts that can be read in the report: none, those of heads, or all of clusters while there is room.",
)
lang = click.option(
    "--lang", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Language of the report."
)
scanning = stack(no_clean, bounds, keep, cluster_on, workers, memory, cleaning, quiet)
"""What every command takes that scans."""


def overrides(options: dict[str, Any]) -> dict[str, str]:
    """Return the fields whose names were given."""
    return {field: options[f"{field}_field"] for field in NAMES if options.get(f"{field}_field")}


class Reading:
    """The documents of the inputs, and the count of what could not be read."""

    def __init__(self, screen: Screen, options: dict[str, Any], exclude: Path | None) -> None:
        self.good_records = 0
        self.bad_records = 0
        self.bad: list[BadRecord] = []
        """The first of them."""
        self._screen = screen
        self._options = options
        self._exclude = exclude

    def documents(self, bar: Bar) -> Iterator[Document]:
        """Read the documents, telling the bar how many bytes are done."""
        from dedup import corpus

        options = self._options
        total = corpus.total_bytes(options["inputs"], format=options["format"], exclude=self._exclude)
        bar.stage("read and clean", total, bytes=True)
        found = corpus.read(
            options["inputs"],
            fields=corpus.FieldMap(**overrides(options)),
            format=options["format"],
            exclude=self._exclude,
            strict=options["strict"],
            on_bad=self.tell,
            on_progress=bar.advance,
        )
        return self._counted(found)

    def _counted(self, documents: Iterator[Document]) -> Iterator[Document]:
        for document in documents:
            self.good_records += 1
            yield document

    def count(self, good: int, bad: int) -> None:
        """Take over the counts of an engine that reads by itself."""
        self.good_records, self.bad_records = good, bad

    def tell(self, bad: BadRecord) -> None:
        """Note a bad record, and show it if it is one of the first."""
        self.bad_records += 1
        if self.bad_records <= BAD_RECORDS_KEPT:
            self.bad.append(bad)
        if self.bad_records <= BAD_RECORDS_SHOWN:
            self._screen.say(f"skipped {bad.where}: {bad.reason}")

    def tell_bad(self) -> None:
        """Say how many records were skipped, where not each was shown.

        Raises
        ------
        InputError
            It was every one.
        """
        if self.bad_records > BAD_RECORDS_SHOWN:
            self._screen.say(f"skipped {self.bad_records} records in all; --strict stops at the first")
        if self.bad_records and not self.good_records:
            hint = "Say where the text stands with --text-field, or what the inputs are with --format"
            raise InputError("not one record could be read", where=", ".join(self._options["inputs"]), hint=hint)


@contextmanager
def reading(options: dict[str, Any], exclude: Path | None = None) -> Iterator[tuple[Reading, Screen, Bar]]:
    """Open the screen and make ready to read the inputs that the options name, but not what lies in `exclude`."""
    screen = Screen(quiet=options["quiet"])
    source = Reading(screen, options, exclude)
    with screen.bar() as bar:
        yield source, screen, bar
    source.tell_bad()


def bounds_of(options: dict[str, Any]) -> Bounds:
    """Build the bounds from their options."""
    return Bounds(options["min_jaccard"], options["min_containment"], options["min_shared"])


def scan_options(options: dict[str, Any]) -> ScanOptions:
    """Build what a scan may be told from its options."""
    from dedup.engine.options import ScanOptions

    return ScanOptions(
        clean=not options["no_clean"],
        bounds=bounds_of(options),
        keep=options["keep"],
        cluster_on=options["cluster_on"],
        passages=not options.get("no_passages"),
        texts=options.get("texts", "all"),
        lang=options.get("lang", "en"),
        memory=options["memory"],
        workers=workers_of(options),
        cleaning=clean_options(options),
    )


def clean_options(options: dict[str, Any]) -> CleanOptions:
    """Build what cleaning may be told from its options."""
    from dedup.engine.options import CleanOptions

    return CleanOptions(options["model"], options["sites"], options["favor"], options["keep_labels"])


def same_place(a: str, b: str) -> bool:
    """Say whether two names of outputs stand for one place."""
    one, other = (os.path.realpath("/dev/stdout" if path == "-" else path) for path in (a, b))
    return one == other


def workers_of(options: dict[str, Any]) -> int:
    """Return the number of workers asked for, or of cores."""
    from dedup.engine.machine import available

    return options["workers"] or available()
