"""Labels for training, from pages with a human-made body text.

A block is body when its 4-word shingles stand in the gold text. Blocks that claim the same stretch of gold (a teaser
that repeats the lead) compete; the one whose neighbours claim the adjoining stretches wins. Blocks shorter than a
shingle (list items, sub-headings, quotes of a word) are body only when the gold text goes on with exactly their words
where the block before or after left off.

What is noisy:

- the gold texts do not agree on captions, sub-headings, standfirsts, author notes and update notices; some begin with
  the title and the date, which are told by their form and are no body here;
- gold texts that stop at a paywall or leave paragraphs out make furniture of what every reader takes for the article,
  and nothing on the page tells;
- a gold text that was normalised (quotes, entities, ligatures) hides short blocks; long ones survive by shingles;
- the kinds of furniture come from the page's own class names, tags and links, which name the author's intention, not
  the reader's: `related` and `navigation` run into each other, and a block without any such sign is called
  `navigation` or `related` by whether it is a link and how long it is. `seeds/` corrects the kinds by text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from dedup.clean.blocks import FLAGS, Blocks
from dedup.records import LABELS

LABEL_CODES: dict[str, int] = {label: code for code, label in enumerate(LABELS)}
BODY = LABEL_CODES["body"]

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_SHINGLE = 4
# Share of a block's shingles that must stand in the gold text: inline insertions (a related link inside a paragraph)
# and normalised quotes break a quarter of them at most.
_COVERED = 0.6
# Words that may lie between two stretches that adjoin: blocks too short for a shingle.
_ADJOINING = 12
# Blocks in this range are neither: they train with the smallest weight.
MIXED = (0.3, 0.8)

# Some gold texts begin with the date of the page, a line of its own, before the first paragraph.
_STAMP = 60
_PARAGRAPH = 120
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{4}年|\b\d{1,2}[./-]\d{1,2}[./-]\d\d")

# Signs in the names of an element and its nearest ancestors, in the order they are asked.
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (label, re.compile(pattern))
    for label, pattern in (
        ("consent", r"cookie|consent|gdpr|onetrust|didomi|cmp-"),
        ("comments", r"comment|disqus|respond|reply|viafoura|coral"),
        ("share", r"share|sharing|social|addthis|follow-us|facebook|twitter|whatsapp"),
        ("signup", r"newsletter|subscri|sign-?up|signin|login|log-in|paywall|register|regwall|piano|donat"),
        ("advert", r"\bad\b|\bads\b|advert|sponsor|promo|outbrain|taboola|dfp|affiliate|commercial"),
        ("tags", r"\btags?\b|tag-?list|keyword|hashtag|topics?\b"),
        ("byline", r"byline|author|contributor|writer|<time>|\bdate\b|timestamp|pub-?date|datetime"),
        ("caption", r"<figcaption>|caption|photo-?credit|image-?credit"),
        ("related", r"related|recommend|more-|also|read-?next|popular|trending|most-|latest|teaser|card|upnext|recirc"),
        ("legal", r"copyright|legal|terms|disclaimer|colophon|imprint"),
        ("navigation", r"<nav>|\bnav|menu|breadcrumb|pagination|skip|footer|header|sidebar"),
    )
)
_NEAR = 4
# Words from which a block without a sign is rather a title than a menu entry.
_TITLE_WORDS = 5


def tokens(text: str) -> list[str]:
    """Lower-cased words; in scripts without spaces every letter."""
    return _TOKEN.findall(text.lower())


def coverage(texts: Sequence[str], gold: str) -> list[float]:
    """How far each block is part of the gold text, 0 to 1; blocks that lost against a better copy get 0."""
    words = tokens(gold)
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at in range(len(words) - _SHINGLE + 1):
        where[tuple(words[at : at + _SHINGLE])].append(at)
    blocks = [tokens(text) for text in texts]
    shares, places = _claims(blocks, where)
    spans = _settle(blocks, shares, places, len(words))
    result = [share if spans[i] is not None or share < _COVERED else 0.0 for i, share in enumerate(shares)]
    _fill_gaps(blocks, words, spans, result)
    return result


def _claims(blocks: list[list[str]], where: dict[tuple[str, ...], list[int]]) -> tuple[list[float], list[list[int]]]:
    """Share of each block's shingles in the gold text, and the places where it may begin there."""
    shares: list[float] = []
    places: list[list[int]] = []
    for block in blocks:
        found = 0
        begin: list[int] = []
        for at in range(len(block) - _SHINGLE + 1):
            hits = where.get(tuple(block[at : at + _SHINGLE]))
            if hits:
                found += 1
                if not begin:
                    begin = [max(0, hit - at) for hit in hits[:8]]
        shares.append(found / (len(block) - _SHINGLE + 1) if len(block) >= _SHINGLE else 0.0)
        places.append(begin)
    return shares, places


def _settle(
    blocks: list[list[str]], shares: list[float], places: list[list[int]], size: int
) -> list[tuple[int, int] | None]:
    """Choose the stretch of gold that each covered block gets; None where a better copy took it."""
    claimants = [i for i, share in enumerate(shares) if share >= _COVERED]
    distance = {i: _to_adjoining(blocks, places, claimants, rank) for rank, i in enumerate(claimants)}
    taken = bytearray(size)
    spans: list[tuple[int, int] | None] = [None] * len(blocks)
    for i in sorted(claimants, key=lambda i: (distance[i], -len(blocks[i]), i)):
        for at in places[i]:
            end = min(size, at + len(blocks[i]))
            if sum(taken[at:end]) * 2 <= end - at:
                taken[at:end] = b"\1" * (end - at)
                spans[i] = (at, end)
                break
    return spans


def _to_adjoining(blocks: list[list[str]], places: list[list[int]], claimants: list[int], rank: int) -> int:
    """Count the blocks to the nearest claimant of an adjoining stretch; a large one where there is none."""
    i = claimants[rank]
    nearest = len(blocks)
    for j in claimants[max(0, rank - 2) : rank] + claimants[rank + 1 : rank + 3]:
        for at in places[i]:
            for other in places[j]:
                gap = at - other - len(blocks[j]) if j < i else other - at - len(blocks[i])
                if abs(gap) < _ADJOINING:
                    nearest = min(nearest, abs(i - j))
    return nearest


def _fill_gaps(
    blocks: list[list[str]], words: list[str], spans: list[tuple[int, int] | None], result: list[float]
) -> None:
    """Short blocks that go on exactly where a neighbour left off, forwards and then backwards."""
    at = -1
    for i, block in enumerate(blocks):
        span = spans[i]
        if span is not None:
            at = span[1]
        elif at >= 0 and 0 < len(block) < _SHINGLE and words[at : at + len(block)] == block:
            result[i] = 1.0
            at += len(block)
    at = -1
    for i in range(len(blocks) - 1, -1, -1):
        span, block = spans[i], blocks[i]
        if span is not None:
            at = span[0]
        elif at >= len(block) and 0 < len(block) < _SHINGLE and words[at - len(block) : at] == block:
            result[i] = 1.0
            at -= len(block)


def page_labels(blocks: Blocks, gold: str) -> tuple[list[int], list[float]]:
    """Label code and weight (0 to 1, how sure it is) of each block of a page."""
    covered = coverage(blocks.texts, gold)
    title = set(tokens(blocks.facts.title))
    codes: list[int] = []
    weights: list[float] = []
    begun = False
    for i, share in enumerate(covered):
        headline = _is_headline(blocks, i, title)
        stamp = not begun and share >= _COVERED and _is_stamp(blocks.texts[i])
        body = share >= _COVERED and not headline and not stamp
        begun |= body and len(blocks.texts[i]) >= _PARAGRAPH
        content = BODY if body else LABEL_CODES["headline"] if headline else LABEL_CODES["byline"] if stamp else None
        codes.append(_kind(blocks, i) if content is None else content)
        weights.append(0.2 if MIXED[0] < share < MIXED[1] else 1.0)
    return codes, weights


def _is_stamp(text: str) -> bool:
    """Say whether a line is no more than a date, with a source perhaps."""
    return len(text) <= _STAMP and bool(_DATE.search(text))


def _is_headline(blocks: Blocks, i: int, title: set[str]) -> bool:
    words = tokens(blocks.texts[i])
    if not words or len(words) > 40:
        return False
    elements = blocks.elements
    if elements is not None and elements.flags[blocks.element[i]] & FLAGS["h1"]:
        return len(words) > 2
    inside = sum(word in title for word in words)
    return len(words) > 3 and inside >= 0.9 * len(words) and inside >= 0.6 * len(title)


def _kind(blocks: Blocks, i: int) -> int:
    """Kind of a block that is not body, from the structure around it."""
    signed = signed_kind(blocks, i)
    if signed is not None:
        return signed
    return LABEL_CODES["related" if len(tokens(blocks.texts[i])) >= _TITLE_WORDS else "navigation"]


def signed_kind(blocks: Blocks, i: int) -> int | None:
    """Kind that a sign on the block or in the names around it tells; None where there is no sign."""
    if "©" in blocks.texts[i]:
        return LABEL_CODES["legal"]
    elements = blocks.elements
    if elements is None:
        return None
    linked = blocks.linked[i] * 2 > len(blocks.texts[i])
    title = linked and len(tokens(blocks.texts[i])) >= _TITLE_WORDS
    row = blocks.element[i]
    for _ in range(_NEAR):
        names = elements.names[row].lower()
        for label, sign in _SIGNS:
            if sign.search(names) and not (label == "navigation" and title):
                return LABEL_CODES[label]
        row = elements.parent[row]
        if row < 0:
            break
    return None
