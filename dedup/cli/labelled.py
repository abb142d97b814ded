"""Options of `train` and `evaluate`, which read labelled pages, and the pages that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.screen import Screen
from dedup.errors import InputError

if TYPE_CHECKING:
    from dedup.clean.concepts import Vocabulary
    from dedup.clean.labelled import Sample, Seed

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

pages = click.argument("pages", metavar="PAGES…", nargs=-1, required=True, type=FILE)
seeds = click.option(
    "--seeds", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
    help="Folder of labelled lines, label<TAB>text, a file a language; without it, the pages alone teach.",
)  # fmt: skip
vocabulary = click.option(
    "--vocabulary", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
    help="Folder of words by what they mean, concept<TAB>words, a file a language; without it, words are just words.",
)  # fmt: skip
clean_pages = click.option(
    "--clean-pages", type=FILE, multiple=True, help="As PAGES, of which only the gold text teaches. May be repeated."
)
labels = click.option(
    "--labels", type=FILE, multiple=True,
    help="Labels made by hand, page<TAB>block<TAB>label, for pages without gold text. May be repeated.",
)  # fmt: skip


def read_labelled(paths: tuple[Path, ...], labels: tuple[Path, ...], screen: Screen) -> list[Sample]:
    """Read labelled pages, and say how many have no label.

    Raises
    ------
    InputError
        None has one.
    """
    from dedup.clean.train import read_pages

    skipped: list[str] = []
    found = read_pages(paths, labels=labels, on_skipped=skipped.append)
    if not found:
        what = f"none of {len(skipped)} pages has a gold text" if skipped else "no page"
        raise InputError(what, where=", ".join(map(str, paths)), hint="`text` is the body as it should come out")
    if skipped:
        screen.say(f"skipped {len(skipped):,} pages without gold text or elements, the first is {skipped[0]}")
    return found


def read_teaching(options: dict[str, Any], screen: Screen) -> tuple[list[Sample], list[Seed], Vocabulary]:
    """Read what a classifier is trained on: labelled pages, those that teach clean text alone, seeds, and vocabulary.

    Raises
    ------
    InputError
        There is no labelled page, or no line in the folder of seeds.
    """
    from dedup.clean.concepts import read_vocabulary
    from dedup.clean.labelled import read_seeds
    from dedup.clean.train import read_pages

    pages = read_labelled(options["pages"], options["labels"], screen)
    pages += read_pages(options["clean_pages"], clean_only=True)
    lines = read_seeds(options["seeds"]) if options["seeds"] else []
    if options["seeds"] and not lines:
        hint = "It should hold files as en.tsv, with label<TAB>text in each line"
        raise InputError("no seed lines", where=str(options["seeds"]), hint=hint)
    return pages, lines, read_vocabulary(options["vocabulary"])
