"""Breaks in a line, which no sentence runs over: bullets, bars and arrows, emoji before a capital, wide gaps."""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR0912, PLR1714, SIM109

from __future__ import annotations

from typing import Any

from dedup._jit import jit
from dedup.clean.signs import BULLET, CALL, DIGIT, DOT, LOWER, SEPARATOR, SPACE, STRONG

GAP = 3
"""Spaces that break a line; two are mostly what is left of a link or a picture inside a sentence."""


@jit
def mark_breaks(points: Any, kinds: Any, cut: Any) -> None:
    """Mark breaks in `cut`, and » that closes no quotation as a separator in `kinds`.

    A break waits for the next letter or digit, so that every piece has one; a weak one is none before a small letter.
    """
    n = kinds.size
    waiting, weak, seen, opened = -1, False, False, False
    i = 0
    while i < n:
        kind, point = kinds[i], points[i]
        following, place, light = i + 1, -1, True
        if LOWER <= kind <= DIGIT:
            if waiting >= 0 and not (weak and kind == LOWER):
                cut[waiting] = True
            waiting, seen = -1, True
        elif kind == SPACE:
            while following < n and kinds[following] == SPACE:
                following += 1
            if following >= i + GAP or point == 9 or points[following - 1] == 9:
                place = following
        elif kind == BULLET or kind == CALL:
            place, light = i, kind == CALL
        elif point == 0xAB or point == 0x2039:
            opened = True
        elif i and kinds[i - 1] == SPACE and following < n and kinds[following] == SPACE:
            if kind == SEPARATOR:
                place, light = i, False
            elif point == 0xBB or point == 0x203A:
                if not opened:  # an arrow: after a sentence it begins a call, else it ends one
                    kinds[i] = SEPARATOR
                    while following < n and kinds[following] == SPACE:
                        following += 1
                    place = i if i > 1 and DOT <= kinds[i - 2] <= STRONG else following
                opened = False
        elif point == 0xBB or point == 0x203A:
            opened = False
        elif point == 62 and i and points[i - 1] == 62 and following < n and kinds[following] == SPACE:
            while following < n and kinds[following] == SPACE:
                following += 1
            place = following
        if place >= 0 and seen:
            if waiting < 0:
                waiting, weak = place, light
            elif not light:
                weak = False
        i = following
