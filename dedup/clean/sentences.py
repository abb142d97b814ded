"""Where a line may be cut into sentences, so that each can be judged by itself.

Scraped text often holds an article in one line, with furniture glued between its sentences. `sentence_starts` cuts such
a line, in any script, by rules from the grammar of punctuation and not by a model: what is wanted is that furniture and
sentence do not share a piece. A cut too few hides furniture, a cut too many leaves a half sentence to be judged.

Two kernels mark the cuts. The first marks *breaks*, which no sentence runs over: bullets, bars and arrows, emoji before
a capital, wide gaps. The second reads each stretch between breaks from left to right and marks ends of sentences after
stops. It looks no further back than the piece it is in and no further ahead than the next break; so a piece that is cut
again stays whole, but where guillemets are spaced as in French: whether » closes a quotation or is an arrow shows by
the « before it, which may stand in another piece.

After a full stop the word before decides, and what follows (as in Kiss and Strunk 2006, "Unsupervised multilingual
sentence boundary detection", with lists written by hand in place of learned ones).
"""

# Chains of comparisons are what a kernel compiles best; sets and tables of code points are not.
# ruff: noqa: PLR1714, PLR0911, PLR0912

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from dedup._jit import jit
from dedup.clean.breaks import mark_breaks
from dedup.clean.signs import (
    BRACKET,
    CALL,
    CLOSE,
    DIGIT,
    DOT,
    HANGUL,
    HOST,
    IDEOGRAPHS,
    LONGEST,
    LOWER,
    MARK,
    MAY_END,
    MONTH,
    NEVER,
    NUMBERED,
    ORDINAL,
    OTHER,
    PHRASED,
    QUOTE,
    SHUT,
    SPACE,
    STARTER,
    STRONG,
    UNSPACED,
    UPPER,
    kinds_of_points,
    known_words,
)

PHRASE = 80
"""Letters after which a piece of Thai, Lao, Khmer or Burmese ends at a space; their sentences end at no sign."""
PARENTHESIS = 80
"""Code points up to which brackets hold sentences together."""
_REACH = 40  # how far back in a token signs of an address are looked for
_BASE, _MODULUS = 131_071, (1 << 45) - 55  # products stay below 2**63


@cache
def _hashed_words() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    hashes = {}
    for word, flags in known_words().items():
        h = 0
        for letter in word:
            h = (h * _BASE + ord(letter)) % _MODULUS
        hashes[h] = flags
    keys = sorted(hashes)
    return np.array(keys), np.array([hashes[key] for key in keys])


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
def _is_word(kind: Any) -> Any:
    return LOWER <= kind <= DIGIT


@jit
def _word_start(kinds: Any, end: int, floor: int) -> int:
    """First letter of the word that ends before `end`, no further back than what the lists hold."""
    start = end
    while start > floor and end - start <= LONGEST and (kinds[start - 1] == MARK or LOWER <= kinds[start - 1] < DIGIT):
        start -= 1
    return start


@jit
def _word_end(kinds: Any, start: int, end: int) -> int:
    at = start
    while at < end and at - start <= LONGEST and (kinds[at] == MARK or LOWER <= kinds[at] < DIGIT):
        at += 1
    return at


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
    if start - before != 1 or kinds[before] != SPACE:
        return True
    return not _flags(points, _word_start(kinds, before, floor), before, words) & ORDINAL


@jit
def _initial_may_end(points: Any, kinds: Any, start: int, after: int, floor: int, end: int, words: Any) -> Any:
    """Whether a sentence may end with the single letter at `start` and its full stop."""
    if kinds[start] >= HANGUL or points[start] == 0x44F:  # Russian "I"
        return kinds[start] != PHRASED
    if start > floor:
        before = points[start - 1]
        if before == 39 or before == 0x2019 or before == 38 or before == 47 or kinds[start - 1] == DIGIT:
            return True  # don't, R&B, 4G
    letter = start - 1  # the initial before, as in U.S., p. m.
    if letter > floor and kinds[letter] == SPACE:
        letter -= 1
    if letter <= floor or kinds[letter] != DOT:
        return False
    letter -= 1
    if letter > floor and (_is_word(kinds[letter - 1]) or not _is_word(kinds[letter])):
        return False
    hour = points[start] == 109 and (points[letter] == 97 or points[letter] == 112)
    if not hour and not (kinds[start] == UPPER and kinds[letter] == UPPER):
        return False
    return bool(_flags(points, after, _word_end(kinds, after, end), words) & STARTER)


@jit
def _dot_may_end(points: Any, kinds: Any, dot: int, after: int, floor: int, end: int, words: Any) -> Any:
    """Whether a sentence may end with the full stop at `dot`; the next begins with the letter or digit at `after`."""
    if dot == floor or not (kinds[dot - 1] == MARK or _is_word(kinds[dot - 1])):
        return True
    if kinds[dot - 1] == DIGIT:
        return _number_may_end(points, kinds, dot, after, floor, end, words)
    start = _word_start(kinds, dot, floor)
    letters, first = 0, start
    for i in range(dot - 1, start - 1, -1):
        if kinds[i] != MARK:
            letters += 1
            first = i
    if letters == 0 or kinds[first] == PHRASED:
        return letters == 0
    if letters == 1:
        return _initial_may_end(points, kinds, first, after, floor, end, words)
    if kinds[first] == LOWER and start - 2 >= floor and kinds[start - 1] == DOT and _is_word(kinds[start - 2]):
        return start - 2 > floor and _is_word(kinds[start - 3])  # no: f.eks., m.in.; yes: a host
    flags = _flags(points, start, dot, words)
    if flags & NEVER or (kinds[after] == DIGIT and (flags & NUMBERED or (letters < 4 and kinds[first] <= UPPER))):
        return False
    if flags & MAY_END:
        return bool(_flags(points, after, _word_end(kinds, after, end), words) & STARTER)
    return True


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
def _glued(points: Any, kinds: Any, stop: int, at: int, floor: int, end: int, words: Any) -> int:
    """Place of the capital that opens a sentence glued to the one before (end.Start); -1 for none, as in an address."""
    first = at
    while first < end and first - at < 2 and QUOTE <= kinds[first] <= BRACKET and points[first] >= 40:
        first += 1
    if first + 1 >= end or kinds[first] != UPPER:
        return -1
    follower = points[first + 1]
    if kinds[first + 1] != LOWER and follower != 39 and follower != 0x2019:
        return -1
    last = _word_end(kinds, first, end)
    if _flags(points, first, last, words) & HOST:
        return -1
    if last < end:
        follower = points[last]
        if follower == 47 or follower == 61 or follower == 64 or follower == 95 or kinds[last] == DIGIT:
            return -1
        if follower == 46 and last + 1 < end and _is_word(kinds[last + 1]):
            return -1
    for i in range(stop - 1, max(floor, stop - _REACH) - 1, -1):
        if kinds[i] == SPACE:
            break
        if kinds[i] == DOT or points[i] == 47 or points[i] == 61 or points[i] == 64 or points[i] == 95:
            return -1
    return first


@jit
def _after_stops(points: Any, kinds: Any, stop: int, end: int, opened: bool) -> tuple[int, bool]:
    """First place after the stops at `stop` and the quotes and brackets that they close; whether there are any."""
    at = stop + 1
    while at < end and (kinds[at] == MARK or DOT <= kinds[at] <= STRONG):
        at += 1
    closed = at
    while at < end and SHUT <= kinds[at] <= QUOTE:
        at += 1
    if opened and at + 1 < end and kinds[at] == SPACE and (points[at + 1] == 0xBB or points[at + 1] == 0x203A):
        at += 2
    if at < end and _is_word(kinds[at]):
        while at > closed and kinds[at - 1] == QUOTE:  # it opens what follows
            at -= 1
    return at, at > closed


@jit
def _next_start(points: Any, kinds: Any, stop: int, floor: int, end: int, opened: bool, words: Any) -> tuple[int, int]:
    """Where a sentence starts after the stops at `stop`, -1 for nowhere; and where to read on."""
    at, closing = _after_stops(points, kinds, stop, end, opened)
    start = at
    while start < end and kinds[start] == SPACE:
        start += 1
    single = kinds[stop] == DOT and (stop + 1 >= end or not DOT <= kinds[stop + 1] <= STRONG)
    strong = False
    for i in range(stop, at):
        strong |= kinds[i] == STRONG
    first = _first_letter(kinds, start, end)
    before = kinds[stop - 1] if stop > floor else OTHER
    if start > at:
        if first < 0 or (kinds[first] == LOWER and not strong) or (before == PHRASED and single):
            return -1, start
        known = not single or (closing and kinds[at - 1] != SHUT)
        return (start if known or _dot_may_end(points, kinds, stop, first, floor, end, words) else -1), start
    if strong:
        attributed = closing and at < end and 0x3041 <= points[at] <= 0x3096  # Japanese: "...", said he
        return (-1 if first < 0 or attributed else at), at
    if at == end or first < 0:
        return -1, at
    if kinds[first] == UNSPACED or kinds[first] == HANGUL:
        spaceless = before == UNSPACED and kinds[first] == UNSPACED and points[stop] != 0x2026
        return (at if spaceless or (stop > floor and points[stop - 1] == 0xB2E4 and single) else -1), at
    first = _glued(points, kinds, stop, at, floor, end, words)
    if first < 0 or not (_is_word(before) or closing or not single):
        return -1, at
    if single and not closing:
        number = before == DIGIT and stop - 4 >= floor and kinds[stop - 4] == DIGIT
        if not (number or LOWER <= before < DIGIT) or not _dot_may_end(points, kinds, stop, first, floor, end, words):
            return -1, at
    return at, at


@jit
def _mark_sentences(points: Any, kinds: Any, words: Any, cut: Any) -> None:
    """Mark ends of sentences between breaks."""
    n = kinds.size
    end = floor = held = shut = 0
    letters, last = 0, OTHER
    seen, opened = False, False
    i = 0
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
        elif DOT <= kind <= STRONG or (kind == OTHER and points[i] == 59 and i > floor and _is_greek(points[i - 1])):
            start, following = _next_start(points, kinds, i, floor, end, opened, words)
        elif kind == BRACKET:
            shut = max(shut, i)
            while shut < end and kinds[shut] != SHUT:
                shut += 1
            if shut < end and shut - i <= PARENTHESIS:
                held = max(held, shut)
        if points[i] == 0xAB or points[i] == 0x2039:
            opened = True
        for k in range(i, following):
            if points[k] == 0xBB or points[k] == 0x203A:
                opened = False
        if start > held and start < end and seen:
            cut[start] = True
            floor, letters, seen = start, 0, False
        i = following


@jit
def _is_greek(point: Any) -> Any:
    return 0x370 <= point < 0x400 or 0x1F00 <= point < 0x2000


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
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = kinds_of_points()[np.minimum(points, IDEOGRAPHS)]
    cut = np.zeros(kinds.size, np.bool_)
    cut[0] = True
    mark_breaks(points, kinds, cut)
    _mark_sentences(points, kinds, _hashed_words(), cut)
    return list(np.flatnonzero(cut).tolist())
