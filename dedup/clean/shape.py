"""What a line looks like, whatever its language: lengths, case, digits, punctuation at its end, marks."""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR1714, PLR0915

from __future__ import annotations

from typing import Any

import numpy as np

from dedup._jit import jit
from dedup.clean.ngrams import Bytes, Floats, Ints, _decode, _kind

SHAPE_NAMES: tuple[str, ...] = (
    "length",
    "words",
    "word_length",
    "digits",
    "upper",
    "capitalised",
    "marks",
    "commas",
    "stops",
    "ends_stop",
    "ends_colon",
    "ends_ellipsis",
    "first",
    "copyright",
    "bars",
    "hash_at",
    "url",
    "quotes",
    "unspaced",
    "longest_word",
    "time",
    "symbols",
)
"""Columns of `line_shapes`. Lengths are logarithms; shares are of letters, digits and marks."""


@jit
def _is_upper(point: Any) -> Any:
    return (
        65 <= point <= 90
        or (0xC0 <= point <= 0xDE and point != 0xD7)
        or 0x0391 <= point <= 0x03AB
        or 0x0386 <= point <= 0x038F
        or 0x0400 <= point <= 0x042F
        or (0x0100 <= point <= 0x0177 and point % 2 == 0)
    )


@jit
def _is_lower(point: Any) -> Any:
    return (
        97 <= point <= 122
        or (0xDF <= point <= 0xFF and point != 0xF7)
        or 0x03AC <= point <= 0x03CE
        or 0x0430 <= point <= 0x045F
        or (0x0100 <= point <= 0x0177 and point % 2 == 1)
    )


@jit
def _is_stop(point: Any) -> Any:
    """Full stop, question or exclamation mark of any script."""
    return (
        point == 46
        or point == 33
        or point == 63
        or point == 0x3002
        or point == 0xFF01
        or point == 0xFF1F
        or point == 0xFF0E
        or point == 0x061F
        or point == 0x06D4
        or point == 0x0964
        or point == 0x037E
        or point == 0x1362
        or point == 0x104B
        or point == 0x17D4
    )


@jit
def _is_quote(point: Any) -> Any:
    return (
        point == 34
        or point == 0xAB
        or point == 0xBB
        or 0x2018 <= point <= 0x201F
        or 0x300C <= point <= 0x300F
        or point == 0x2039
        or point == 0x203A
    )


@jit
def _shape_kernel(buf: Bytes, starts: Ints, out: Any) -> None:
    for row in range(starts.size - 1):
        start, end = starts[row], starts[row + 1] - 1
        points = letters = digits = upper = marks = commas = stops = quotes = unspaced = symbols = 0
        words = capitalised = word = longest = bars = hashes = 0
        first = copyright_sign = 0
        url: Any = 0
        clock: Any = 0
        last: Any = np.int64(0)
        before_last: Any = np.int64(0)
        i = start
        previous = np.int64(32)
        while i < end:
            point, following = _decode(buf, i, end)
            kind = _kind(point)
            points += 1
            if points == 1:
                first = 1 if _is_lower(point) else 2 if _is_upper(point) else 3 if kind == 4 else 4 if kind == 1 else 5
            if kind == 2 or kind == 4:
                if word == 0:
                    words += 1
                    if _is_upper(point):
                        capitalised += 1
                word += 1
                longest = max(longest, word)
                letters += kind == 2
                digits += kind == 4
                upper += _is_upper(point)
            else:
                word = 0
                if kind == 3:
                    unspaced += 1
                    letters += 1
                elif kind == 1:
                    marks += 1
                    commas += point == 44 or point == 0x3001 or point == 0xFF0C or point == 0x060C or point == 59
                    stops += _is_stop(point)
                    quotes += _is_quote(point)
                    copyright_sign |= point == 0xA9
                    bars += point == 124 or point == 0x203A or point == 0xBB or point == 62 or point == 0xB7
                    hashes += point == 35 or point == 64
                    symbols += point >= 0x2190
                    clock |= point == 58 and 48 <= previous <= 57 and following < end and 48 <= buf[following] <= 57
                    url |= point == 58 and following + 1 < end and buf[following] == 47 and buf[following + 1] == 47
            if kind != 0 and not _is_quote(point) and point != 41 and point != 93:
                before_last = last
                last = point
            previous = point
            i = following
        tokens = words + unspaced * 0.6  # a Chinese word has 1.6 letters
        counted = max(1, letters + digits + marks)
        out[row, 0] = np.log1p(points)
        out[row, 1] = np.log1p(tokens)
        out[row, 2] = (letters + digits) / max(1.0, tokens)
        out[row, 3] = digits / counted
        out[row, 4] = upper / counted
        out[row, 5] = capitalised / max(1, words)
        out[row, 6] = marks / counted
        out[row, 7] = commas
        out[row, 8] = stops
        out[row, 9] = _is_stop(last)
        out[row, 10] = last == 58 or last == 0xFF1A
        out[row, 11] = last == 0x2026 or (last == 46 and before_last == 46)
        out[row, 12] = first
        out[row, 13] = copyright_sign
        out[row, 14] = bars
        out[row, 15] = hashes
        out[row, 16] = url
        out[row, 17] = quotes
        out[row, 18] = unspaced / counted
        out[row, 19] = longest
        out[row, 20] = clock
        out[row, 21] = symbols


def line_shapes(buf: Bytes, starts: Ints) -> Floats:
    """Shape of each line, (lines, ``len(SHAPE_NAMES)``)."""
    out = np.empty((starts.size - 1, len(SHAPE_NAMES)), np.float32)
    _shape_kernel(buf, starts, out)
    return out
