"""`dedup explain`: why two documents match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import bidirectional

import click

from dedup.cli import options as opt
from dedup.cli.screen import printable
from dedup.records import RELATIONS, Bounds, Pair

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from dedup.engine.explaining import Explanation

# Code points shown of each side of a passage: a screen or two. Whole copies can be megabytes long.
PASSAGE_SHOWN = 2000
# Code points shown before and after a passage, less the word that is cut: two lines of a column.
CONTEXT = 80
# Columns of a terminal from which two texts stand side by side: below, too few words go on a line.
SIDE_BY_SIDE = 60
SHARED, OWN, AROUND = "bold green", "yellow", "dim"
"""Styles of words of a passage that both texts have, of those that one has, and of what stands around."""
# What closes a sentence behind its last word.
_SIGNS = re.compile(r"[^\w\s]*")


@click.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@opt.inputs
@opt.no_clean
@opt.bounds
@opt.cleaning
@opt.quiet
def command(**options: Any) -> None:
    """Show why the documents with the ids A and B match: numbers, then the shared passages side by side.

    On a terminal shared words are in colour; else, or with NO_COLOR, they are in [brackets].
    """
    from dedup.engine.explaining import explain
    from dedup.engine.options import ScanOptions

    cleaning, bounds = opt.clean_options(options), opt.bounds_of(options)
    how = ScanOptions(clean=not options["no_clean"], bounds=bounds, cleaning=cleaning)
    with opt.reading(options) as (source, _screen, bar):
        found = explain(options["a"], options["b"], source.documents(bar), how)
    console = _console()
    for line in _figures(found, bounds):
        _show(console, line)
    for number in range(len(found.pair.passages)):
        for part in _passage(found, number, console):
            _show(console, part)


def _console() -> Console:
    """Open stdout: in colour on a terminal that has any, unless NO_COLOR is set, else without an escape code."""
    from rich.console import Console

    console = Console(highlight=False)
    return Console(highlight=False, color_system=None) if console.no_color else console


def _show(console: Console, part: RenderableType) -> None:
    with console.capture() as capture:  # rich itself would exit 1 where the reader of stdout has gone
        console.print(part, soft_wrap=isinstance(part, str), markup=False)
    click.echo(capture.get(), nl=False, color=True)  # click would take off what rich was asked for with FORCE_COLOR


def _figures(found: Explanation, bounds: Bounds) -> Iterator[str]:
    pair = found.pair
    yield f"A  {printable(pair.a)}  {found.shingles_a:,} shingles"
    yield f"B  {printable(pair.b)}  {found.shingles_b:,} shingles"
    yield ""
    yield f"relation      {found.relation or 'none under these bounds'}"
    for number, reason in enumerate(_reasons(found, bounds)):
        yield f"{'' if number else 'why':14}{reason}"
    yield f"shared        {pair.shared:,} shingles"
    yield f"Jaccard       {pair.jaccard:.4f}"
    yield f"containment   {pair.containment_a:.4f} of A, {pair.containment_b:.4f} of B"
    yield f"passages      {len(pair.passages)}"


def _reasons(found: Explanation, bounds: Bounds) -> Iterator[str]:
    """Say which bounds the figures reach, from the strongest relation down to the one that holds."""
    if not (found.shingles_a and found.shingles_b):
        yield "a text without a word matches nothing"
        return
    pair = found.pair
    if found.relation == "exact":
        yield "exact: both have the same words in the same order"
        return
    if pair.jaccard == 1:
        yield "not exact: the same shingles, but not the same words in the same order"
    for relation in RELATIONS[1:]:
        reached = relation == found.relation
        missed = "not near" if relation == "near" else f"no {relation}"
        label = f"{relation if reached else missed}: "
        for number, figure in enumerate(_asked(relation, pair, bounds)):
            yield (" " * len(label) if number else label) + _measure(*figure)
        if reached:
            return


def _asked(relation: str, pair: Pair, bounds: Bounds) -> list[tuple[str, float, float]]:
    """Give what a relation asks for: the text of a figure, the figure and its bound."""
    if relation == "near":
        return [(f"Jaccard {pair.jaccard:.4f}", pair.jaccard, bounds.min_jaccard)]
    shared = f"{pair.shared:,} shared shingle{'' if pair.shared == 1 else 's'}"
    if relation == "passage":
        return [(shared, pair.shared, bounds.min_passage)]
    inside, of = max((pair.containment_a, "A is in B"), (pair.containment_b, "B is in A"), key=lambda side: side[0])
    return [(f"{inside:.4f} of {of}", inside, bounds.min_containment), (shared, pair.shared, bounds.min_shared)]


def _measure(text: str, figure: float, bound: float) -> str:
    """Say how a figure stands to its bound."""
    return f"{text} (bound {bound:g}{'' if figure >= bound else f', {bound - figure:.2g} short'})"


def _passage(found: Explanation, number: int, console: Console) -> Iterator[RenderableType]:
    """Draw a passage: side by side, or one above the other on a narrow terminal.

    Also where a text runs from right to left: a terminal that orders such text would swap the columns.
    """
    from rich.text import Text

    a_start, a_end, b_start, b_end = found.pair.passages[number]
    plain = console.color_system is None
    heads = (f"A {a_start}–{a_end}", f"B {b_start}–{b_end}")
    one = _side(found.text_a, (a_start, a_end), found.shared_a, plain=plain)
    other = _side(found.text_b, (b_start, b_end), found.shared_b, plain=plain)
    yield ""
    if console.width >= SIDE_BY_SIDE and not any(_is_from_right(side.words.plain) for side in (one, other)):
        yield _columns(f"passage {number + 1}", heads, one, other)
        return
    yield f"passage {number + 1}"
    for head, side in zip(heads, (one, other), strict=True):
        yield head
        yield Text.assemble((side.before, AROUND), side.words, (side.after, AROUND))


class Side(NamedTuple):
    """A passage in one of the texts, and a little of what stands around it."""

    before: str
    words: Text
    after: str


def _columns(title: str, heads: Iterable[str], one: Side, other: Side) -> Table:
    """Draw two sides side by side; where both have as many paragraphs, paragraph by paragraph."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", expand=True, box=None, padding=(0, 3, 0, 0))
    for head in heads:
        table.add_column(head, ratio=1, overflow="fold")
    if one.before or other.before:
        table.add_row(*(Text(side.before.rstrip(), AROUND) for side in (one, other)))
    lines = [side.words.split("\n") for side in (one, other)]
    for row in zip(*lines, strict=True) if len(lines[0]) == len(lines[1]) else [(one.words, other.words)]:
        table.add_row(*row)
    if one.after or other.after:
        table.add_row(*(Text(side.after.strip(), AROUND) for side in (one, other)))
    return table


def _side(text: str, passage: tuple[int, int], shared: list[tuple[int, int]], *, plain: bool) -> Side:
    from rich.text import Text

    start, end = passage
    at, cut = start, min(end, start + PASSAGE_SHOWN)
    words = Text()
    for span in shared:
        first, last = max(span[0], start), min(span[1], cut)
        if first < last:
            words.append(_shown(text[at:first]), OWN)
            same = _shown(text[first:last])
            words.append(f"[{same}]" if plain else same, SHARED)
            at = last
    words.append(_shown(text[at:cut]), OWN)
    if cut < end:
        return Side(_before(text, start), words, f"… ({end - start:,} characters in all)")
    closing = _SIGNS.match(text, end, end + CONTEXT)
    last = closing.end() if closing else end
    words.append(_shown(text[end:last]), AROUND)
    return Side(_before(text, start), words, _after(text, last))


def _before(text: str, start: int) -> str:
    """Return what stands before a passage, from the beginning of a word on."""
    if start <= CONTEXT:
        return _shown(text[:start])
    around = text[start - CONTEXT : start]
    words = around.split(None, 1)
    return _shown("… " + (around[around.index(words[1]) :] if len(words) == 2 else around))


def _after(text: str, end: int) -> str:
    """Return what stands behind a passage, to the end of a word."""
    around = text[end : end + CONTEXT]
    if end + CONTEXT >= len(text):
        return _shown(around)
    words = around.rsplit(None, 1)
    return _shown((words[0] if len(words) == 2 else around) + " …")


def _shown(text: str) -> str:
    return printable(text, keep="\n\t")


def _is_from_right(text: str) -> bool:
    return any(bidirectional(char) in ("R", "AL") for char in text)
