"""Where a line may be cut into sentences, so that each can be judged by itself.

Scraped text often holds an article in one line, with furniture glued between its sentences. `sentence_starts` cuts such
a line, in any script, by rules from the grammar of punctuation. What is wanted is that furniture and sentence do not
share a piece: a cut too few hides furniture, a cut too many leaves half a sentence to be judged.

First `breaks` marks bullets, wide gaps and the like. Then each stretch between breaks is read from left to right, and
after a full stop the word before and the word after decide (as in Kiss and Strunk 2006, "Unsupervised multilingual
sentence boundary detection", with lists written by hand in place of learned ones). Nothing looks further back than its
piece or further ahead than the next break, so a piece that is cut again stays whole; but for » between spaces: whether
it closes a quotation or is an arrow shows by the « before it, which may stand in another piece.
"""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR1714, PLR0911, I001

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup._jit import jit
from dedup.clean.breaks import mark_breaks
from dedup.clean.signs import (
    BRACKET, CALL, CASELESS, CLOSE, DASH, DIGIT, DOT, HANGUL, HOST, LONGEST, LOWER, MARK, MAY_END, MONTH,
    NEVER, NUMBERED, ORDINAL, OTHER, PHRASED, QUOTE, SHUT, SPACE, STARTER, STOP, STRONG, UNSPACED, UPPER,
    kinds_of_points, known_words,
)  # fmt: skip

PHRASE = 80  # letters after which a piece of Thai, Lao, Khmer or Burmese ends at a space: few signs end sentences there
PARENTHESIS = 80  # code points up to which brackets hold sentences together
_ELLIPSIS = 99  # beside the kinds DOT, STOP and STRONG: what a run of stops is
_REACH = 40  # how far back in a token signs of an address are looked for
_BASE, _MODULUS = 131_071, (1 << 45) - 55  # products stay below 2**63


@cache
def _hashed_words() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    pairs = sorted((reduce(lambda h, c: (h * _BASE + ord(c)) % _MODULUS, w, 0), f) for w, f in known_words().items())
    return np.array([h for h, _ in pairs]), np.array([flags for _, flags in pairs])


@jit
def _is_word(kind: Any) -> Any:
    return LOWER <= kind <= DIGIT


@jit
def _word_start(kinds: Any, end: int, floor: int) -> int:
    """First letter of the word that ends before `end`, no further back than one more than the lists hold."""
    at = end
    while at > floor and end - at <= LONGEST and (kinds[at - 1] == MARK or LOWER <= kinds[at - 1] < DIGIT):
        at -= 1
    return at


@jit
def _word_end(kinds: Any, start: int, end: int) -> int:
    at = start
    while at < end and at - start <= LONGEST and (kinds[at] == MARK or LOWER <= kinds[at] < DIGIT):
        at += 1
    return at


@jit
def _flags(points: Any, start: int, end: int, words: Any) -> int:
    """Return what is known of the word ``points[start:end]``."""
    if end - start > LONGEST:
        return 0
    h = np.int64(0)
    for i in range(start, end):
        h = (h * _BASE + np.int64(points[i])) % _MODULUS
    at = np.searchsorted(words[0], h)
    return words[1][at] if at < words[0].size and words[0][at] == h else 0


@jit
def _number_may_end(points: Any, kinds: Any, dot: int, after: int, floor: int, end: int, words: Any) -> Any:
    """Whether a sentence may end with the number before `dot`; no: dates, ranks, numbers of a list."""
    start = dot
    while start > floor and dot - start < 3 and kinds[start - 1] == DIGIT:
        start -= 1
    if dot - start > 2:
        return True
    if kinds[after] == DIGIT or _flags(points, after, _word_end(kinds, after, end), words) & MONTH:
        return False
    before = start
    while before > floor and start - before < 4 and not _is_word(kinds[before - 1]):
        before -= 1
    if before == floor:
        return False
    apart = start - before != 1 or kinds[before] != SPACE
    return apart or not _flags(points, _word_start(kinds, before, floor), before, words) & ORDINAL


@jit
def _initial_may_end(points: Any, kinds: Any, start: int, after: int, floor: int, end: int, words: Any) -> Any:
    """Whether a sentence may end with the single letter at `start` and its full stop."""
    point = points[start]
    if kinds[start] >= HANGUL or point == 0x44F or point == 0xE8 or point == 0xE9:  # Russian я; è, é
        return True
    if start > floor and kinds[start - 1] != SPACE and kinds[start - 1] != DOT:
        if not QUOTE <= kinds[start - 1] <= DASH:
            return True  # R&B, 4G, isn’t
        if start - 1 > floor and _is_word(kinds[start - 2]):
            return kinds[start - 1] == QUOTE or kinds[start - 2] == DIGIT  # isn't, 26-J; but J.-P.
    letter = start - 1  # the initial before, as in U.S., p. m.
    if letter > floor and kinds[letter] == SPACE:
        letter -= 1
    if letter <= floor or kinds[letter] != DOT or (letter - 1 > floor and _is_word(kinds[letter - 2])):
        return False
    letter -= 1
    hour = point == 109 and (points[letter] == 97 or points[letter] == 112)
    ends = hour or (kinds[start] == UPPER and kinds[letter] == UPPER)
    return ends and _flags(points, after, _word_end(kinds, after, end), words) & STARTER != 0


@jit
def _dot_may_end(points: Any, kinds: Any, dot: int, after: int, floor: int, end: int, words: Any) -> Any:
    """Whether a sentence may end with the full stop at `dot`; the next begins with the letter or digit at `after`."""
    if dot > floor and kinds[dot - 1] == DIGIT:
        return _number_may_end(points, kinds, dot, after, floor, end, words)
    start = first = _word_start(kinds, dot, floor)
    letters = 0
    for i in range(dot - 1, start - 1, -1):
        if kinds[i] != MARK:
            letters += 1
            first = i
    if letters == 0 or kinds[first] == PHRASED:
        return letters == 0
    if letters == 1:
        return _initial_may_end(points, kinds, first, after, floor, end, words)
    if kinds[start] == LOWER and start - 2 >= floor and kinds[start - 1] == DOT and _is_word(kinds[start - 2]):
        return start - 2 > floor and _is_word(kinds[start - 3])  # no: f.eks., m.in.; yes: a host
    flags = _flags(points, start, dot, words)
    if flags & NEVER or (kinds[after] == DIGIT and (flags & NUMBERED or (letters < 4 and kinds[first] <= UPPER))):
        return False
    return not flags & MAY_END or _flags(points, after, _word_end(kinds, after, end), words) & STARTER != 0


@jit
def _first_letter(kinds: Any, at: int, end: int) -> int:
    """Place of the letter or digit that opens a sentence at `at`, past quotes, dashes and the like; -1 for none."""
    for i in range(at, min(end, at + 5)):
        if _is_word(kinds[i]):
            return i
        if kinds[i] != SPACE and kinds[i] != MARK and not CLOSE <= kinds[i] <= CALL:
            return -1
    return -1


@jit
def _is_address(point: Any) -> Any:
    return point == 47 or point == 61 or point == 64 or point == 95  # / = @ _


@jit
def _glued(points: Any, kinds: Any, stop: int, at: int, floor: int, end: int, words: Any) -> int:
    """Place of the capital that opens a sentence glued to the one before (end.Start); -1 for none, as in an address."""
    first = at
    while first < end and first - at < 2 and QUOTE <= kinds[first] <= BRACKET and points[first] >= 40:
        first += 1
    if first + 1 >= end or kinds[first] != UPPER:
        return -1
    last = _word_end(kinds, first, end)
    apostrophe = points[first + 1] == 39 or points[first + 1] == 0x2019
    if not (kinds[first + 1] == LOWER or apostrophe) or _flags(points, first, last, words) & HOST:
        return -1
    for i in range(first + 2, last):
        if kinds[i] == UPPER:
            return -1
    if last < end and (_is_address(points[last]) or kinds[last] == DIGIT):
        return -1
    if last + 1 < end and kinds[last] == DOT and _is_word(kinds[last + 1]):  # a.Host.Name
        return -1
    for i in range(stop - 1, max(floor, stop - _REACH) - 1, -1):
        if kinds[i] == SPACE:
            break
        if kinds[i] == DOT or _is_address(points[i]):
            return -1
    return first


@jit
def _after_stops(points: Any, kinds: Any, stop: int, end: int) -> tuple[int, bool, Any]:
    """First place after the stops at `stop` and the quotes and brackets that they close; if there are any; the form."""
    form = _ELLIPSIS if points[stop] == 0x2026 else STOP if kinds[stop] == OTHER else np.int64(kinds[stop])
    at = stop + 1
    while at < end and (kinds[at] == MARK or DOT <= kinds[at] <= STRONG):
        if kinds[at] == STRONG:
            form = STRONG
        elif kinds[at] != MARK and form == DOT:
            form = _ELLIPSIS if kinds[at] == DOT else STOP
        at += 1
    closed = at
    while at < end and SHUT <= kinds[at] <= QUOTE:
        at += 1
    if at + 1 < end and kinds[at] == SPACE and kinds[at + 1] == CLOSE and (at + 2 == end or kinds[at + 2] == SPACE):
        at += 2
    if at < end and _is_word(kinds[at]):
        while at > closed and kinds[at - 1] == QUOTE:  # it opens what follows
            at -= 1
    return at, at > closed, form


@jit
def _next_start(points: Any, kinds: Any, stop: int, floor: int, end: int, words: Any) -> tuple[int, int]:
    """Where a sentence starts after the stops at `stop`, -1 for nowhere; and where to read on."""
    at, closing, form = _after_stops(points, kinds, stop, end)
    start = at
    while start < end and kinds[start] == SPACE:
        start += 1
    first = _first_letter(kinds, start, end)
    before = kinds[stop - 1] if stop > floor else OTHER
    opens = QUOTE <= before <= BRACKET and not closing
    if first < 0 or (form == _ELLIPSIS and (opens or CASELESS <= kinds[first] <= HANGUL)):
        return -1, at
    if start > at:
        if kinds[first] == LOWER and form != STRONG:
            return -1, at
        sure = form != DOT or (closing and kinds[at - 1] != SHUT)
        return (start if sure or _dot_may_end(points, kinds, stop, first, floor, end, words) else -1), at
    if form == STRONG:
        attributed = closing and 0x3041 <= points[at] <= 0x3096  # Japanese: "...", said he
        return (-1 if attributed else at), at
    if kinds[first] == UNSPACED:
        return (at if before == UNSPACED and form != _ELLIPSIS else -1), at
    if kinds[first] == HANGUL:
        return (at if before == HANGUL and points[stop - 1] == 0xB2E4 else -1), at  # the ending "da"
    first = _glued(points, kinds, stop, at, floor, end, words)
    if first >= 0 and form == DOT and not closing:
        known = LOWER <= before < DIGIT or (before == DIGIT and stop - 4 >= floor and kinds[stop - 4] == DIGIT)
        return (at if known and _dot_may_end(points, kinds, stop, first, floor, end, words) else -1), at
    return (at if first >= 0 else -1), at


@jit
def _mark_sentences(points: Any, kinds: Any, words: Any, cut: Any) -> None:
    """Mark ends of sentences between breaks."""
    n = kinds.size
    i: Any = np.int64(0)  # a plain 0 has everything compiled twice
    end = floor = held = shut = letters = i
    last, seen = OTHER, False
    while i < n:
        kind = kinds[i]
        if i == end:
            end += 1
            while end < n and not cut[end]:
                end += 1
            floor, letters, seen, held = i, 0, False, i
        following, start = i + 1, -1
        if _is_word(kind):
            seen, last = True, kind
            letters += kind == PHRASED
        elif kind == SPACE:
            while following < end and kinds[following] == SPACE:
                following += 1
            if letters >= PHRASE and last == PHRASED and following < end and kinds[following] == PHRASED:
                start = following
        elif DOT <= kind <= STRONG or (points[i] == 59 and i > floor and 0x370 <= points[i - 1] < 0x400):  # Greek ;
            start, following = _next_start(points, kinds, i, floor, end, words)
        elif kind == BRACKET:
            shut = max(shut, i)
            while shut < end and kinds[shut] != SHUT:
                shut += 1
            if shut < end and shut - i <= PARENTHESIS:
                held = max(held, shut)
        if start > held and start < end and seen:
            cut[start] = True
            floor, letters, seen = start, 0, False
        i = following


def sentence_starts(text: str) -> list[int]:
    """Cut a line into sentences and the furniture between them.

    Parameters
    ----------
    text
        One line. Any string will do; line feeds are white space.

    Returns
    -------
    list of int
        Code point offsets at which pieces start, increasing, the first 0; each piece runs to the next start and holds
        its trailing white space. Every piece has a letter or digit, unless the text has none. Empty for no text.
    """
    if not text:
        return []
    points = np.array([text]).view(np.uint32)  # NumPy keeps a string as its code points, lone surrogates too
    kinds = np.take(kinds_of_points(), points, mode="clip")
    cut = np.zeros(kinds.size, np.bool_)
    cut[0] = True
    mark_breaks(points, kinds, cut)
    _mark_sentences(points, kinds, _hashed_words(), cut)
    return list(np.flatnonzero(cut).tolist())
