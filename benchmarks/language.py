"""Texts of an invented language with the statistics of news: words, set phrases, topics, sentences.

A text is made of sentences, a sentence of phrases: set phrases of the whole language, phrases of the story's topic,
and free words. Ranks of words and phrases follow power laws (Zipf 1949; Mandelbrot's shift), so that 5-word shingles
stand in as many documents as in real news. A phrase's words are hashed from its rank, and a sentence is a function of
seed, story and its place in the story: nothing is held, and any part of any story can be written again at any time.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from dedup._jit import jit

VOCABULARY = 200_000
WORD_SHIFT = 2.0
WORD_POWER = 1.12
"""The word of rank r has a share of (r + shift)^-power."""
POOL = 2**24
POOL_SHIFT = 10.0
POOL_POWER = 0.75
"""Set phrases of the language: as many as there will be in a corpus of billions of words, and their law."""
TOPICS = 64
TOPIC_STORIES = 512
"""Topics are skewed, and go by: each stretch of stories has new ones."""
TOPIC_PHRASES = 256
SHARE_TOPIC = 0.02
SHARE_POOL = 0.85
"""Shares of the phrases; the rest are free words."""
PHRASE = 5
PHRASE_POWER = 1.4
PHRASE_GROWTH = 0.25
PHRASE_MOST = 28
"""Words in a set phrase: one of n words stands for n - 4 repeated shingles in a row; the frequent ones are short."""
FREE = 3
SENTENCE_LEAST = 5
SENTENCE_SPREAD = 14
SENTENCE_MEAN = 22
SENTENCE_MOST = SENTENCE_LEAST + 2 * SENTENCE_SPREAD + PHRASE_MOST
WORD_BYTES = 40
"""More than any word takes with what stands around it."""
SHINGLE = 5
NO_LIMIT = 1 << 40

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A, _MIX_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WORD_FROM = (1 + WORD_SHIFT) ** (1 - WORD_POWER)
_WORD_TO = (VOCABULARY + 1 + WORD_SHIFT) ** (1 - WORD_POWER)
_POOL_FROM = (1 + POOL_SHIFT) ** (1 - POOL_POWER)
_POOL_TO = (POOL + 1 + POOL_SHIFT) ** (1 - POOL_POWER)
_SPACE, _DOT, _COMMA, _NEWLINE, _SMALL_A, _SMALL_Z = 32, 46, 44, 10, 97, 122


@jit
def mix(h):
    """Return the next output of SplitMix64 (Steele, Lea, Flood 2014) for a state."""
    h = h + _GOLDEN
    h = (h ^ (h >> np.uint64(30))) * _MIX_A
    h = (h ^ (h >> np.uint64(27))) * _MIX_B
    return h ^ (h >> np.uint64(31))


@jit
def unit(h):
    return np.float64(h >> np.uint64(11)) / 2.0**53


@jit
def word_of(h):
    x = (_WORD_FROM + unit(h) * (_WORD_TO - _WORD_FROM)) ** (1 / (1 - WORD_POWER))
    return min(max(np.int64(x - WORD_SHIFT) - 1, 0), VOCABULARY - 1)


@jit
def phrase_of(h, language, topic):
    """Return the key of a phrase's words, and their number."""
    kind, u = unit(mix(h)), unit(mix(h + np.uint64(1)))
    if kind < SHARE_TOPIC:
        rank = np.int64(TOPIC_PHRASES * u * u)
        key = mix(topic + np.uint64(rank))
    elif kind < SHARE_TOPIC + SHARE_POOL:
        x = (_POOL_FROM + u * (_POOL_TO - _POOL_FROM)) ** (1 / (1 - POOL_POWER))
        rank = np.int64(x - POOL_SHIFT)
        key = mix(language + np.uint64(rank))
    else:
        return h, FREE
    extra = ((1 - unit(key)) ** (-1 / PHRASE_POWER) - 1) * 2 * (rank / POOL) ** PHRASE_GROWTH
    return key, PHRASE + np.int64(min(extra, PHRASE_MOST - PHRASE))


@jit
def write_word(word, lexicon, first, out, at):
    letters, offsets = lexicon
    start = at
    for i in range(offsets[word], offsets[word + 1]):
        out[at] = letters[i]
        at += 1
    if first and _SMALL_A <= out[start] <= _SMALL_Z:
        out[start] -= 32
    out[at] = _SPACE
    return at + 1


@jit
def write_sentence(h, keys, edit, left, run, lexicon, out, at):
    """Write a sentence of at most `left` words; return the place after it, its words, and what was copied unchanged.

    `edit` is the share of words to replace and the key of the draw; `run` counts the unchanged words before.
    """
    target = SENTENCE_LEAST + (unit(h) + unit(mix(h + np.uint64(1)))) * SENTENCE_SPREAD
    words, windows, state = 0, 0, h
    while words < min(target, left):
        state = mix(state)
        key, length = phrase_of(state, keys[0], keys[1])
        for k in range(min(length, left - words)):
            draw = mix(key + np.uint64(k))
            run += 1
            if edit[0] > 0:
                chance = mix(edit[1] ^ np.uint64(at))
                if unit(chance) < edit[0]:
                    draw, run = mix(chance), 0
            windows += run >= SHINGLE
            at = write_word(word_of(draw), lexicon, words == 0, out, at)
            words += 1
        if unit(mix(state ^ _GOLDEN)) < 0.15:
            out[at - 1], out[at] = _COMMA, _SPACE
            at += 1
    at -= 1 + (out[at - 2] == _COMMA)
    out[at] = _DOT
    out[at + 1] = _NEWLINE if unit(mix(h + np.uint64(2))) < 0.6 else _SPACE
    return at + 2, words, run, windows


@jit
def render(parts, seed, lexicon, out):
    """Write texts, given by `parts`: rows of text, story, first sentence, last, limit in words, edits in 10,000, key.

    Returns
    -------
    spans
        First byte and end of each text, which are the parts of one number.
    windows
        Unchanged 5-word windows of each part.
    """
    spans = np.zeros((parts[-1, 0] + 1, 2), np.int64)
    windows = np.zeros(len(parts), np.int64)
    language, at = mix(seed), 0
    for p in range(len(parts)):
        text, story, first, last, limit, edits, edit_key = parts[p]
        if p == 0 or parts[p - 1, 0] != text:
            spans[text, 0] = at
        place = mix(seed + np.uint64(3)) + np.uint64(story // TOPIC_STORIES)
        key = mix(mix(language + np.uint64(1)) + np.uint64(story))
        topic = mix(mix(place) + np.uint64(np.int64(TOPICS * unit(key) ** 2)))
        edit = (edits / 10_000, mix(mix(np.uint64(edit_key)) + np.uint64(story)))
        run = 0
        for j in range(first, last):
            h = mix(key + np.uint64(j + 1) * _GOLDEN)
            at, words, run, count = write_sentence(h, (language, topic), edit, limit, run, lexicon, out, at)
            windows[p] += count
            limit -= words
            if limit <= 0:
                break
        out[at - 1] = _NEWLINE
        spans[text, 1] = at - 1
    return spans, windows


ONSETS = [*"bcdfghjklmnprstvwzbdklmnrst", "br", "st", "th"]
VOWELS = [*"aaaeeeeiioou", "ea"]
CODAS = [*[""] * 8, *"lnrst"]
ACCENTS = str.maketrans("aeou", "áéöü")


@cache
def vocabulary() -> tuple[str, ...]:
    """Return pronounceable words, the frequent ones short; numbers, names and accents among them."""
    generator = np.random.default_rng(1949)
    draws = iter(generator.integers(0, 1 << 62, 8 * VOCABULARY).tolist())
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        rank = len(words)
        if rank % 45 == 44:
            words[str(rank // 45 + 1)] = None
            continue
        word = ""
        for _ in range(1 + (rank > 60) + (rank > 2_000) + (rank > 40_000)):
            draw = next(draws)
            word += ONSETS[draw % 30] + VOWELS[(draw >> 8) % 13] + CODAS[(draw >> 16) % 13]
        words[word] = None
    return tuple(words)


def spelled(rank: int, word: str) -> str:
    if rank > 100 and rank % 8 == 0:
        word = word.capitalize()
    return word.translate(ACCENTS) if rank > 100 and rank % 37 == 0 else word


@cache
def lexicon() -> tuple[np.ndarray, np.ndarray]:
    words = [spelled(rank, word).encode() for rank, word in enumerate(vocabulary())]
    ends = np.cumsum([0, *map(len, words)])
    return np.frombuffer(b"".join(words), np.uint8), ends


class Part(NamedTuple):
    """A run of a story's sentences, and what it is a copy of."""

    story: int
    first: int
    last: int
    limit: int = NO_LIMIT
    edits: int = 0
    """Of 10,000 words, how many are replaced."""
    source: str = ""
    kind: str = ""


class Truth(NamedTuple):
    source: str
    kind: str
    shared: int


def make_texts(texts: list[list[Part]], seed: int, key: int = 0) -> tuple[list[str], list[list[Truth]]]:
    """Return texts of their parts, and what is copied in each; `key` starts the numbers of the draws of edits."""
    flat = [(number, part) for number, parts in enumerate(texts) for part in parts]
    rows = np.array([(number, *part[:5], key + number) for number, part in flat], np.int64)
    words = np.minimum((rows[:, 3] - rows[:, 2]) * SENTENCE_MOST, rows[:, 4])
    out = np.empty(int(words.sum()) * WORD_BYTES + 64, np.uint8)  # memory that is never written is never taken
    spans, windows = render(rows, np.uint64(seed), lexicon(), out)
    truths: list[list[Truth]] = [[] for _ in texts]
    for (number, part), shared in zip(flat, windows.tolist(), strict=True):
        if part.source:
            truths[number].append(Truth(part.source, part.kind, shared))
    return [out[start:end].tobytes().decode() for start, end in spans.tolist()], truths
