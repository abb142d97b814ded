"""What people see on stderr: messages, a progress bar on a terminal, tables. Data never goes here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Screen:
    """The terminal behind stderr; honours NO_COLOR, and shows no bar where stderr is not a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console: Console | None = None

    @property
    def console(self) -> Console:
        """The rich console on stderr, made on first use."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False)
        return self._console

    def say(self, message: str) -> None:
        """Print a line of talk as it is: names and texts from data are never read as markup."""
        self.console.print(printable(message), markup=False, soft_wrap=True)

    def talk(self, message: str) -> None:
        """Print a line of talk, unless told to be quiet."""
        if not self._quiet:
            self.say(message)

    def show(self, renderable: RenderableType) -> None:
        """Print a table, unless told to be quiet."""
        if not self._quiet:
            self.console.print(renderable)

    @contextmanager
    def bar(self) -> Iterator[Bar]:
        """Show a progress bar while the block runs, on a terminal only."""
        if self._quiet or not sys.stderr.isatty():
            yield Bar(None)
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (SpinnerColumn(), TextColumn("{task.description:<16}"), BarColumn(),
                   TextColumn("{task.fields[done]}"), TimeElapsedColumn(), TimeRemainingColumn())  # fmt: skip
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield Bar(progress)


class Bar:
    """An `engine.progress.Progress` on the terminal, or nowhere."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._bytes = False

    def stage(self, name: str, total: int | None = None, *, bytes: bool = False) -> None:
        """Enter a stage; what was before is done."""
        if self._progress is None:
            return
        self._bytes = bytes
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        self._progress.add_task(name, total=total, done="")

    def advance(self, steps: int = 1) -> None:
        """Note progress of the stage."""
        if self._progress is None or not self._progress.tasks:
            return
        task = self._progress.tasks[-1]
        done, rate = int(task.completed) + steps, task.finished_speed or task.speed or 0.0
        text = f"{done / 1e6:,.1f} MB, {rate / 1e6:,.1f} MB/s" if self._bytes else f"{done:,}, {rate:,.0f}/s"
        self._progress.update(task.id, advance=steps, done=text)


JOINERS = "\u200c\u200d"
"""They join and part letters, and steer nothing."""


def printable(text: str, *, keep: str = "") -> str:
    """Replace control characters, which a hostile id, file name or text could steer the terminal with.

    Spaces of any width stay, the joiners that Persian and Indic words are written with, and the characters in `keep`.
    """
    keep += JOINERS
    return "".join(c if c.isprintable() or c in keep or category(c) == "Zs" else REPLACEMENT for c in text)
