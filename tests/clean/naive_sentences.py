"""Slow, obvious twin of the kernels that cut lines into sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from dedup.clean import signs

SHAPES = "xm aAchup0.!STCQOBDELI"  # a letter for each kind of code point
WORDS = "aAchup0"


def sentence_starts(text: str) -> list[int]:
    """Where pieces of a line start, by regular expressions over the kinds of its code points."""
    if not text:
        return []
    kinds = signs.kinds_of_points()
    shape = "".join(SHAPES[kinds[min(ord(c), signs.LAST)]] for c in text)
    breaks = list(_breaks(text, shape))
    for where, _, kind in breaks:
        if kind == "arrow":
            shape = f"{shape[:where]}I{shape[where + 1 :]}"
    cuts = {0}
    for gap in re.finditer(f"(?<=[{WORDS}])[^{WORDS}]+(?=[{WORDS}])", shape):
        inside = [(place, kind) for where, place, kind in breaks if gap.start() <= where < gap.end()]
        if inside and ("strong" in (kind for _, kind in inside) or shape[gap.end()] != "a"):
            cuts.add(inside[0][0])
    for a, b in pairwise([*sorted(cuts), len(text)]):
        at = a
        while at < b:
            cuts.add(at)
            at += _first_sentence(text[at:b], shape[at:b])
    return sorted(cuts)


def _breaks(text: str, shape: str) -> Iterator[tuple[int, int, str]]:
    """Where a sign stands that breaks the line, where it does, and how."""
    opened = False
    for found in re.finditer(" +|[^ ]", shape):
        i, j = found.span()
        spaced = shape[:i].endswith(" ") and shape[j:].startswith(" ")
        after = len(shape) - len(shape[j:].lstrip(" "))
        if found[0].isspace():
            if j - i >= 3 or "\t" in (text[i], text[j - 1]):
                yield i, j, "weak"
        elif found[0] in "EL":
            yield i, i, "weak" if found[0] == "E" else "strong"
        elif found[0] == "I" and spaced:
            yield i, i, "strong"
        elif text[i] in "»›":
            if spaced and not opened:
                yield i, i if re.search("[.!S] $", shape[:i]) else after, "arrow"
            opened = False
        elif text[i] in "«‹":
            opened = True
        elif text[:j].endswith(">>") and after > j:
            yield i, after, "weak"


def _first_sentence(text: str, shape: str) -> int:
    """Length of the first piece."""
    held = resume = 0
    for i, kind in enumerate(shape):
        start = -1
        words = re.findall(f"[{WORDS}]", shape[:i])
        if i < resume:
            continue
        if kind == "B" and i < shape.find("T", i) <= i + 80:
            held = max(held, shape.find("T", i))
        elif kind == " " and words.count("p") >= 80 and words[-1] == "p" and (gap := re.match(" +(?=p)", shape[i:])):
            start = i + gap.end()
        elif kind in ".!S" or (text[i] == ";" and i and "\u0370" <= text[i - 1] <= "\u03ff"):
            start, resume = _next_sentence(text, shape, i)
        if start > held and words:
            return start
    return len(text)


def _next_sentence(text: str, shape: str, stop: int) -> tuple[int, int]:
    """Where a sentence starts after stops, or -1; and where the stops, quotes and brackets end."""
    run = shape[stop] + re.match("[m.!S]*", shape[stop + 1 :])[0]
    at = closed = stop + len(run)
    at += len(re.match("[TCQ]*", shape[at:])[0])
    at += 2 * bool(re.match(" C( |$)", shape[at:]))
    if shape[at:] and shape[at] in WORDS:
        at = closed + len(shape[closed:at].rstrip("Q"))
    closing = shape[closed:at]
    start = len(shape) - len(shape[at:].lstrip(" "))
    skipped = re.match(f"[ mCQOBDE]{{0,4}}(?=[{WORDS}])", shape[start:])
    plain = run.replace("m", "")
    ellipsis = "S" not in run and (text[stop] == "…" or plain.startswith(".."))
    if not skipped or (ellipsis and not closing and re.search("[QOB]$", shape[:stop])):
        return -1, at
    first = start + skipped.end()
    kind, dot = shape[first], plain == "."
    if ellipsis and kind in "ch":
        ends = False
    elif start > at:
        sure = not dot or (closing and closing[-1] != "T")
        ends = (kind != "a" or "S" in run) and (sure or _dot_ends(text, shape, stop, first))
    elif "S" in run:
        ends = not (closing and re.match("[\u3041-\u3096]", text[at:]))
    elif kind == "u":
        ends = shape[:stop].endswith("u") and not ellipsis
    elif kind == "h":
        ends = text[:stop].endswith("다")
    else:
        ends = _is_glued(text, shape, stop, at)
        if ends and dot and not closing:
            first = at + len(re.match("[QOB]{0,2}", shape[at:])[0])
            ends = bool(re.search("[aAchup]$|0..0$", shape[:stop])) and _dot_ends(text, shape, stop, first)
    return start if ends else -1, at


def _is_glued(text: str, shape: str, stop: int, at: int) -> bool:
    """Whether a capitalised word that is no part of an address follows at once."""
    token = text[max(0, stop - 40) : stop]
    token = token[max((k + 1 for k in range(len(token)) if shape[stop - len(token) + k] == " "), default=0) :]
    if "." in token or re.search("[/=@_]", token):
        return False
    opener = text[at : at + len(re.match("[QOB]{0,2}", shape[at:])[0])]
    at += len(opener)
    if not re.match("A(a|[QC])", shape[at:]) or any(ord(c) < 40 for c in opener):
        return False
    if shape[at + 1] != "a" and text[at + 1] not in "'’":
        return False
    word = re.match("[maAchup]{0,13}", shape[at:])[0]
    after = at + len(word)
    if _flags(text, shape, at) & signs.HOST or "A" in word[2:]:
        return False
    return not re.match(f"0|[.][{WORDS}]", shape[after:]) and not re.match("[/=@_]", text[after:])


def _flags(text: str, shape: str, at: int) -> int:
    return signs.known_words().get(text[at : at + len(re.match("[maAchup]{0,13}", shape[at:])[0])], 0)


def _flags_before(text: str, shape: str, at: int) -> int:
    return signs.known_words().get(text[at - len(re.search("[maAchup]{0,13}$", shape[:at])[0]) : at], 0)


def _dot_ends(text: str, shape: str, dot: int, after: int) -> bool:
    """Whether the word before a full stop, and the one after, let it end a sentence."""
    if shape[:dot].endswith("0"):
        return _number_ends(text, shape, dot, after)
    word = re.search("[maAchup]{0,13}$", shape[:dot])[0]
    letters = word.replace("m", "")
    start = dot - len(word)
    if not letters or letters[0] == "p":
        return not letters
    if len(letters) == 1:
        return _initial_ends(text, shape, start + word.index(letters), after)
    if word[0] == "a" and (short := re.search(f"(.?)[{WORDS}][.]$", shape[:start], re.S)):
        return short[1] != "" and short[1] in WORDS
    flags = _flags_before(text, shape, dot)
    if flags & signs.NEVER or (shape[after] == "0" and (flags & signs.NUMBERED or re.fullmatch("[aA].?.?", letters))):
        return False
    return not flags & signs.MAY_END or bool(_flags(text, shape, after) & signs.STARTER)


def _number_ends(text: str, shape: str, dot: int, after: int) -> bool:
    start = dot - len(re.search("0{1,3}$", shape[:dot])[0])
    if dot - start == 3:
        return True
    gap = re.search(f"[^{WORDS}]{{0,4}}$", shape[:start])[0]
    if shape[after] == "0" or _flags(text, shape, after) & signs.MONTH or len(gap) == start:
        return False
    return gap != " " or not _flags_before(text, shape, start - 1) & signs.ORDINAL


def _initial_ends(text: str, shape: str, start: int, after: int) -> bool:
    letter = text[start]
    if shape[start] in "hu" or letter in "яèé" or re.search(f"[^ .QOBD]$|[{WORDS}]Q$|0[QOBD]$", shape[:start]):
        return True
    if re.search(f"[{WORDS}][QOBD]$", shape[:start]):
        return False
    before = re.search("(.)[.] ?$", shape[:start], re.S)
    if not before or re.search(f"[{WORDS}]$", shape[: before.start()]):
        return False
    hour = letter == "m" and text[before.start()] in "ap"
    return (hour or (shape[start] == "A" and before[1] == "A")) and bool(_flags(text, shape, after) & signs.STARTER)
