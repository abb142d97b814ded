"""`dedup evaluate`: how well a classifier cleans labelled pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
import msgspec
from click.core import ParameterSource

from dedup.cli import labelled
from dedup.cli import options as opt
from dedup.cli.screen import Screen, printable

if TYPE_CHECKING:
    from dedup.clean.evaluate import Score

Scores = dict[tuple[str, str], "Score"]
"""Of each set and language, empty for all."""


@click.command("evaluate")
@labelled.pages
@opt.model
@opt.favor
@labelled.labels
@click.option("--cross-validate", is_flag=True, help="Train on PAGES…, and judge each by a model that saw other sites.")
@labelled.seeds
@labelled.vocabulary
@labelled.clean_pages
@click.option(
    "--measure",
    type=labelled.FILE,
    multiple=True,
    help="More pages to judge in cross-validation, which teach nothing. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON Lines instead of a table.")
@opt.quiet
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Measure how well a classifier cleans PAGES…: JSONL, also .zst, with html, text (the gold body), url and lang."""
    _check(context, options["cross_validate"])
    screen = Screen(quiet=options["quiet"])
    with screen.bar() as bar:
        bar.stage("evaluate")
        scores = _cross_validated(options, screen) if options["cross_validate"] else _measured(options, screen)
    for line in _json(scores) if options["as_json"] else _table(scores):
        click.echo(line)


def _check(context: click.Context, cross_validate: bool) -> None:
    """Refuse what the other way of measuring takes."""
    wrong = ("model", "favor") if cross_validate else ("seeds", "vocabulary", "clean_pages", "measure")
    for name in wrong:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = "--" + name.replace("_", "-")
            raise click.UsageError(f"{option} has no effect {'with' if cross_validate else 'without'} --cross-validate")


def _measured(options: dict[str, Any], screen: Screen) -> Scores:
    from dedup.clean.evaluate import measure
    from dedup.clean.model import load_model

    model = load_model(options["model"]).favoring(options["favor"])
    pages = labelled.read_labelled(options["pages"], options["labels"], screen)
    learned = {str(name).split(".")[0] for name in model.about.get("sets", ())}
    for known in sorted(learned & {page.set_name for page in pages}):
        screen.talk(f"the classifier was trained on {known}: its figures do not say how it does on other pages")
    return measure(model, pages)


def _cross_validated(options: dict[str, Any], screen: Screen) -> Scores:
    from dedup.clean.evaluate import cross_validate

    pages, seeds, vocabulary = labelled.read_teaching(options, screen)
    others = labelled.read_labelled(options["measure"], (), screen) if options["measure"] else []
    return cross_validate(pages, seeds, vocabulary, others, say=screen.talk)


def _json(scores: Scores) -> Iterator[str]:
    for (name, lang), score in scores.items():
        figures = asdict(score)
        row = {"set": name, "lang": lang or None, **figures.pop("page"), **figures}
        yield msgspec.json.encode(row).decode()


# Title of each column, its figure, and its form; the last four are shares of blocks or lines.
_COLUMNS = (
    ("pages", "pages", ",d"), ("F1", "f1", ".4f"), ("P", "precision", ".4f"), ("R", "recall", ".4f"),
    ("exact", "exact", ".3f"), ("body lost", "body_lost", ".2%"), ("inside gone", "inside_gone", ".1%"),
    ("clean lines lost", "lines_lost", ".2%"), ("text: furniture F1", "furniture_f1", ".3f"),
    ("body kept", "body_recall", ".2%"),
)  # fmt: skip


def _table(scores: Scores) -> Iterator[str]:
    names = [printable(f"{name} {lang}".rstrip()) for name, lang in scores]
    width = max(len(name) for name in ["set", *names])
    yield f"{'set':<{width}}" + "".join(f"  {title:>7}" for title, _, _ in _COLUMNS)
    for name, score in zip(names, scores.values(), strict=True):
        figures = asdict(score)
        figures |= figures.pop("page")
        cells = (f"  {format(figures[field], form):>{max(7, len(title))}}" for title, field, form in _COLUMNS)
        yield f"{name:<{width}}" + "".join(cells)
