"""Breaks in a line, which no sentence runs over: bullets, bars and arrows, emoji before a capital, wide gaps."""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: SIM109

from __future__ import annotations

from typing import Any

from dedup._jit import jit
from dedup.clean.signs import BULLET, CALL, DIGIT, DOT, LOWER, SEPARATOR, SPACE, STRONG


@jit
def mark_breaks(points: Any, kinds: Any, cut: Any) -> None:
    """Mark breaks.

    One waits for the next letter or digit, so that every piece has one; a weak break is none before a small letter.
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
            if following > i + 1 or point == 9:
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
                    place = i if i > 1 and DOT <= kinds[i - 2] <= STRONG else i + 2
                opened = False
        elif point == 0xBB or point == 0x203A:
            opened = False
        elif point == 62 and i and points[i - 1] == 62 and following < n and kinds[following] == SPACE:
            place = i + 2
        if place >= 0 and seen:
            if waiting < 0:
                waiting, weak = place, light
            elif not light:
                weak = False
        i = following
