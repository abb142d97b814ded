"""Which words of a list stand in a text, found in one pass whatever their number.

Aho and Corasick 1975, "Efficient string matching: an aid to bibliographic search", section 6: a deterministic automaton
reads a text byte by byte, and its state says which words may be under way. Words are found whole only, so there are two
states without any: `START`, where one may begin, and `INSIDE` another word, from which only its end leads out.

Letters count in any case. Bytes beyond ASCII count as word bounds: in scripts without spaces words stand side by side,
and what is found behind an accented letter may be the end of a longer word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

START, INSIDE = 0, 1
ENDS = np.uint32(1 << 31)
"""Set in a move to a state in which a word ends."""
BLOCK = 64
"""Bytes whose code points are counted at once."""
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")

U32 = NDArray[np.uint32]
U8 = NDArray[np.uint8]


@jit
def find_words(data: U8, columns: U8, bounds: U8, table: U32, lengths: U32, overlap: int, spans: U32) -> int:
    """Write first byte and end of each word to `spans`, shape (bytes, 2), and return their number.

    The text is read in four pieces at once: each step waits for the one before it, and four that do not wait for each
    other take little more time than one. Each piece begins `overlap` bytes, longer than any word, in the one before it.
    """
    width, found = np.uint32(len(table) // len(lengths)), 0
    steps = min(len(data), (len(data) + 3 * overlap) // 4 + 1)
    rest = len(data) - steps
    at = (0, rest // 3, 2 * rest // 3, rest)
    a = b = c = d = np.uint32(START)
    if rest:
        b = table[np.uint32(INSIDE) * width + columns[data[at[1] - 1]]] & ~ENDS if at[1] else a
        c = table[np.uint32(INSIDE) * width + columns[data[at[2] - 1]]] & ~ENDS if at[2] else a
        d = table[np.uint32(INSIDE) * width + columns[data[at[3] - 1]]] & ~ENDS
    second, third, fourth = data[at[1] :], data[at[2] :], data[at[3] :]
    for i in range(steps):
        a = table[a + columns[data[i]]]
        b = table[b + columns[second[i]]]
        c = table[c + columns[third[i]]]
        d = table[d + columns[fourth[i]]]
        if (a | b | c | d) & ENDS:
            after = 0
            for state, start in ((a, at[0]), (b, at[1]), (c, at[2]), (d, at[3])):
                end = start + i + 1
                whole = end == len(data) or bounds[data[end - 1]] or bounds[data[end]]
                if state & ENDS and whole and end > after:
                    spans[found, 0] = end - lengths[(state & ~ENDS) // width]
                    spans[found, 1] = end
                    found += 1
                after = start + steps
            a &= ~ENDS
            b &= ~ENDS
            c &= ~ENDS
            d &= ~ENDS
    return found


@jit
def code_points(data: U8, spans: U32) -> None:
    """Turn bytes of a UTF-8 text into code points, in place."""
    before = np.zeros(len(data) // BLOCK + 1, np.uint32)  # code points that begin before each block of bytes
    for block in range(len(before) - 1):
        count = np.uint32(0)
        for i in range(block * BLOCK, block * BLOCK + BLOCK):
            count += np.uint32((data[i] & 0xC0) != 0x80)
        before[block + 1] = before[block] + count
    for k in range(len(spans)):
        for side in range(2):
            place = spans[k, side]
            count = before[place // BLOCK]
            for i in range(place // BLOCK * BLOCK, place):
                count += np.uint32((data[i] & 0xC0) != 0x80)
            spans[k, side] = count


class Automaton:
    """Finds the words of a list in texts."""

    def __init__(self, words: Iterable[str]) -> None:
        trie = _Trie(words)
        used = sorted({byte for moves in trie.moves for byte in moves})
        # A column of the table for all other letters, one for all other bounds, and one for each byte of the words.
        column = {byte: place for place, byte in enumerate(used, 2)}
        after = np.array([INSIDE, START, *(INSIDE if byte in _LETTERS else START for byte in used)], np.uint32)
        moves, self._lengths = _complete(trie, column, after)
        ends = np.where(self._lengths[moves] > 0, ENDS, np.uint32(0))
        self._table = (moves * np.uint32(len(after)) | ends).ravel()
        self._overlap = int(self._lengths.max()) + 1
        folded = bytes(range(256)).lower()
        self._bounds = np.array([byte not in _LETTERS for byte in folded], np.uint8)
        self._columns = np.array([column.get(byte, byte not in _LETTERS) for byte in folded], np.uint8)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return first code point and end of each word in a text; of those that end in one place, the longest."""
        return self.spans_of([text])[0]

    def spans_of(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the `spans` of each of some texts: read in one go, while the automaton is in the cache."""
        raws = [text.encode("utf-8", "surrogatepass") for text in texts]
        data = np.frombuffer(b"\0".join(raws), np.uint8)  # a bound that is in no word
        spans = np.empty((len(data), 2), np.uint32)
        found = find_words(data, self._columns, self._bounds, self._table, self._lengths, self._overlap, spans)
        out: list[list[tuple[int, int]]] = [[] for _ in texts]
        if not found:  # most texts name nobody
            return out
        starts = np.cumsum([0, *(len(raw) + 1 for raw in raws)])
        owners = np.searchsorted(starts, spans[:found, 0], side="right") - 1
        for owner in np.unique(owners).tolist():
            own = spans[:found][owners == owner] - starts[owner].astype(np.uint32)
            if len(raws[owner]) > len(texts[owner]):
                code_points(np.frombuffer(raws[owner], np.uint8), own)
            out[owner] = [(start, end) for start, end in own.tolist()]
        return out


class _Trie:
    """The bytes of words, a state for each beginning of one; small and capital letters lead to the same."""

    def __init__(self, words: Iterable[str]) -> None:
        self.moves: list[dict[int, int]] = [{}, {}]
        self.ended: dict[int, int] = {}
        """Bytes of the word that ends in a state."""
        for word in words:
            state = START
            for char in word:
                state = self._after(state, char)
            self.ended[state] = len(word.encode())

    def _after(self, state: int, char: str) -> int:
        size = len(char.encode())
        forms = {form for case in (char, char.lower(), char.upper()) if len(form := case.encode().lower()) == size}
        edges = [(self._along(state, form[:-1]), form[-1]) for form in forms]
        known = [self.moves[place][last] for place, last in edges if last in self.moves[place]]
        to = known[0] if known else self._new()
        for place, last in edges:
            self.moves[place][last] = to
        return to

    def _along(self, state: int, path: bytes) -> int:
        for byte in path:
            if byte not in self.moves[state]:
                self.moves[state][byte] = self._new()
            state = self.moves[state][byte]
        return state

    def _new(self) -> int:
        self.moves.append({})
        return len(self.moves) - 1


def _complete(trie: _Trie, column: dict[int, int], after: U32) -> tuple[U32, U32]:
    """Return the state that each state and column lead to, and the length of the longest word that ends in a state.

    `after` is the state that a column leads to where no word is under way.
    """
    moves = np.tile(after, (len(trie.moves), 1))
    lengths = np.zeros(len(trie.moves), np.uint32)
    shorter = {}  # the state of the longest beginning under way that is shorter
    for byte, to in trie.moves[START].items():
        shorter[to] = int(after[column[byte]])
        moves[START, column[byte]] = to
        if byte not in _LETTERS:  # it is no part of the word before it
            moves[INSIDE, column[byte]] = to
    waiting = list(shorter)
    for state in waiting:  # breadth first
        lengths[state] = trie.ended.get(state, 0) or lengths[shorter[state]]
        moves[state] = moves[shorter[state]]
        for byte, to in trie.moves[state].items():
            if to not in shorter:
                shorter[to] = int(moves[shorter[state], column[byte]])
                waiting.append(to)
            moves[state, column[byte]] = to
    return moves, lengths
