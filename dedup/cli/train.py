"""`dedup train`: a classifier from one's own labelled pages."""

from __future__ import annotations

from typing import Any

import click

from dedup.cli import labelled
from dedup.cli import options as opt
from dedup.cli.screen import Screen


@click.command("train")
@labelled.pages
@opt.target("-o", "--output", required=True, metavar="MODEL", help="Where to write the classifier, for --model.")
@labelled.seeds
@labelled.vocabulary
@labelled.clean_pages
@labelled.labels
@click.option("--about", default="", help="What to note in the file: sources and licences of the pages.")
@opt.quiet
def command(**options: Any) -> None:
    """Train the classifier on PAGES…: JSONL, also .zst, with html, text (the gold body), url and, if known, lang.

    The same pages and lines make the same file.
    """
    from dedup import corpus
    from dedup.clean.model import encode_model
    from dedup.clean.train import fit_model

    screen = Screen(quiet=options["quiet"])
    with corpus.open_output(options["output"]) as stream, screen.bar() as bar:
        bar.stage("read pages")
        pages, seeds, vocabulary = labelled.read_teaching(options, screen)
        bar.stage("train")
        sets = [path.name for path in (*options["pages"], *options["clean_pages"])]
        about = {"sets": sets, "licences": options["about"]}
        model = fit_model(pages, seeds, vocabulary, about=about, say=screen.talk)
        stream.write(encode_model(model))
