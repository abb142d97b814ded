"""The steps of the joined search, put together in one process, against the search that counts in memory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.match import bands, joined, postings, rarity
from dedup.match.candidates import candidates, make_postings
from dedup.match.count import KINDS, common_needed
from dedup.match.identical import group_identical
from dedup.match.need import need_of
from dedup.match.sketched import Sketched
from dedup.match.table import Floor
from dedup.records import Bounds
from dedup.sketch import PERMUTATIONS, pack, sketch
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

FLOOR = Floor().below(Bounds())


def stories(n, seed=0):
    """Texts of which many share a template, some copy one another in part, and some are a line."""
    random = np.random.default_rng(seed)
    words = np.array([f"w{i}" for i in range(4000)])
    template = list(random.choice(words, 60))
    texts = []
    for number in range(n):
        own = list(random.choice(words, random.choice([3, 8, 40, 150, 400])))
        if texts and number % 3 == 0:  # a part of an earlier one, with a word changed here and there
            other = texts[random.integers(len(texts))].split()
            start = random.integers(max(1, len(other) // 2))
            part = other[start : start + random.integers(5, 200)]
            for place in random.integers(len(part), size=len(part) // 40) if part else ():
                part[place] = random.choice(words)
            own[len(own) // 2 : len(own) // 2] = part
        if number % 2:
            own = template[: random.integers(30, 60)] + own
        if number % 50 == 1:
            own = list(random.choice(words[:40], 12))
        texts.append(" ".join(own))
    return texts


def counted(sketches, folder, rank, most_common):
    """Candidates as they are counted in memory."""
    held = Sketched(folder, Bounds().min_jaccard).clear()
    held.add(sketches)
    held.save()
    chosen, need = chosen_of(sketches, most_common)
    lists, documents = make_postings(held, chosen, rank, 1)
    found = []
    for _, a, b, common in candidates(lists, documents, need, workers=1, memory=1 << 24):
        found += zip(a.tolist(), b.tolist(), common.tolist(), strict=True)
    return sorted(found), lists.full


def chosen_of(sketches, most_common):
    chosen = np.zeros(len(sketches), bool)
    chosen[group_identical(sketches.digests, sketches.n_tokens).first] = True
    return chosen, need_of(FLOOR, FLOOR.asked(Bounds()), int(chosen.sum()))._replace(most_common=most_common)


class Joined:
    """The steps one after the other, as an engine leads them."""

    def __init__(self, sketches, bits, most_common):
        self.sketches, self.bits, self.shift = sketches, bits, joined.code_bits(len(sketches))
        self.chosen, self.need = chosen_of(sketches, most_common)
        self.sizes = sketches.n_shingles.astype(np.int32)

    def lists(self, keys, counts):
        """Lists by slot of keys, of which each document has so many."""
        own = np.repeat(np.arange(len(counts)), counts)
        chosen = self.chosen[own]
        codes = joined.codes_of(own[chosen], self.sizes[own[chosen]], self.need)
        slots, words = joined.words_of(keys[chosen], codes, self.bits, self.shift)
        return {slot: joined.lists_of(words[slots == slot], self.shift) for slot in np.unique(slots).tolist()}

    def chains(self, singles):
        """Chains, common ones of each document, and those in many documents."""
        sketches, table = self.sketches, {}
        for slot, lists in singles.items():
            _, common = joined.rare_and_common(lists)
            keys = joined.whole_key(common.keys, slot, self.bits, self.shift) >> np.uint64(self.low)
            table.update(zip(keys.tolist(), common.sizes.tolist(), strict=True))
        keys, sizes = np.array(list(table), np.uint64), np.array(list(table.values()), np.int32)
        common = postings.hash_table(keys, sizes, np.uint64(self.low))
        prints, counts = sketches.fingerprints, np.diff(sketches.offsets)
        out = (
            np.empty(2 * len(prints), np.uint64), np.empty(2 * len(prints), np.int64), np.empty(len(prints), np.uint64),
            np.zeros(len(counts), np.int32), np.zeros(len(counts), np.int32),
        )  # fmt: skip
        many = rarity.many(int(self.chosen.sum()))
        n, w = postings.write_chains(prints, counts.astype(np.int32), 0, common, SAMPLE_MASK, ALL_BELOW, many, out)
        return out[0][:n], np.bincount(out[1][:n], minlength=len(counts)), out[2][:w], out[3], out[4].astype(np.int64)

    @property
    def low(self):
        return joined.cut(self.bits, self.shift)

    def found(self, rank):
        sketches = self.sketches
        singles = self.lists(sketches.fingerprints, np.diff(sketches.offsets))
        chained, n_chained, wide, n_common, n_wide = self.chains(singles)
        keys = bands.band_keys(sketches.signatures, *bands.parameters(0.7, PERMUTATIONS))
        banded = self.lists(keys.reshape(-1), np.full(len(keys), keys.shape[1]))
        others = [*banded.values(), *self.lists(chained, n_chained).values()]
        sizes = np.concatenate([lists.sizes for lists in others])
        full = postings.longest_full(postings.count_sizes(sizes), int(self.chosen.sum()))
        words = [joined.meetings_of(joined.rare_and_common(lists)[0], in_list=False) for lists in singles.values()]
        for lists in others:
            short, longer = joined.split(lists, full)
            words += [joined.meetings_of(short, in_list=True), in_longer(longer, rank, sketches.digests)]
        a, b, rare, in_list = joined.count_meetings(np.concatenate(words))
        kept = joined.worth((self.sizes[a], self.sizes[b]), (n_common[a], n_common[b]), rare, in_list, self.need)
        a, b, rare = a[kept], b[kept], rare[kept]
        documents = joined.documents_of(sketches, wide, n_wide)
        total, common, bounded = joined.judge(a, b, rare, documents, self.need)
        return best(a, b, total, common, bounded, self.need.most_common), full


def in_longer(lists, rank, salts):
    """Meetings in long lists: each with the hubs, and with its neighbours by content."""
    pairs = []
    for own in np.split(lists.members >> 1, np.cumsum(lists.sizes)[:-1]):
        by_rank = sorted(own.tolist(), key=lambda d: rank[d])
        hubs, rest = by_rank[: postings.HUBS], sorted(by_rank[postings.HUBS :], key=lambda d: int(salts[d]))
        pairs += [(hub, other) for place, hub in enumerate(hubs) for other in [*hubs[place + 1 :], *rest]]
        pairs += [(rest[i], rest[j]) for i in range(len(rest)) for j in range(i + 1, min(len(rest), i + 9))]
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    return joined.meetings(a, b)


def best(a, b, total, common, bounded, most):
    """Those that are worth verifying; of the bounded ones of each document the best."""
    rows = list(zip(a.tolist(), b.tolist(), total.tolist(), common.tolist(), bounded.tolist(), strict=True))
    found = [(a, b, common) for a, b, total, common, bounded in rows if total and not bounded]
    for document in {row[0] for row in rows if row[4]}:
        own = sorted((-total, b, common) for a, b, total, common, bounded in rows if bounded and a == document)
        found += [(document, b, common) for _, b, common in own[:most]]
    return sorted(found)


@pytest.mark.parametrize("bits", [0, 3, 20])
@pytest.mark.parametrize("most_common", [1, 1 << 20])
def test_the_candidates_are_those_of_the_search_in_memory(tmp_path, bits, most_common):
    sketches = sketch(pack(stories(700)), workers=1)
    rank = np.random.default_rng(5).permutation(len(sketches))
    wanted, full = counted(sketches, tmp_path, rank, most_common)
    found, found_full = Joined(sketches, bits, most_common).found(rank)
    assert found_full == full
    assert {common for _, _, common in wanted} == set(range(KINDS - 1))
    assert found == wanted


def test_long_lists_are_bounded_in_the_same_way(tmp_path, monkeypatch):
    for name, value in (("LEAST_FULL", 8), ("FREE_MEETINGS", 0), ("MEETINGS", 40)):
        monkeypatch.setattr(postings, name, value)
    sketches = sketch(pack(stories(500, 3)), workers=1)
    rank = np.random.default_rng(6).permutation(len(sketches))
    wanted, full = counted(sketches, tmp_path, rank, 4)
    assert 8 <= full < 200
    assert Joined(sketches, 2, 4).found(rank) == (wanted, full)


def test_an_empty_corpus_has_no_candidates():
    sketches = sketch(pack(["", "", "one word", "other words"]), workers=1)
    assert Joined(sketches, 0, 16).found(np.arange(4)) == ([], postings.MOST_FULL)


@given(st.lists(st.tuples(st.integers(1, 2**64 - 1), st.integers(0, 99)), max_size=60), st.sampled_from([0, 1, 4, 12]))
def test_words_keep_the_high_bits_of_keys_and_all_of_codes(keys, bits):
    shift = 8
    values, codes = np.array([key for key, _ in keys], np.uint64), np.array([code for _, code in keys], np.int64)
    slots, words = joined.words_of(values, codes, bits, shift)
    low = np.uint64(joined.cut(bits, shift))
    for key, slot, word, code in zip(values, slots, words, codes, strict=True):
        assert int(word) & 255 == code
        whole = joined.whole_key(np.array([word >> np.uint64(shift)]), int(slot), bits, shift)[0]
        assert whole >> low == key >> low


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans()), max_size=80))
def test_meetings_are_counted_by_pair(rows):
    rows = [(min(a, b), max(a, b), small, listed) for a, b, small, listed in rows if a != b]
    words = np.array([a << 33 | b << 2 | small << 1 | listed for a, b, small, listed in rows], np.uint64)
    wanted = []
    for a, b in sorted({row[:2] for row in rows}):
        own = [row for row in rows if row[:2] == (a, b)]
        rare, in_list = sum(not row[3] for row in own), any(row[3] for row in own)
        if rare > 1 or in_list or any(row[2] for row in own):
            wanted.append((a, b, rare, in_list))
    assert list(zip(*(column.tolist() for column in joined.count_meetings(words)), strict=True)) == wanted


def test_no_document_above_the_smallest_is_worth_a_look_for_one_fingerprint():
    need = need_of(FLOOR, FLOOR.asked(Bounds()), 10)
    least = joined.smallest(need)
    assert 1 < least < 4096
    for size in range(least, least + 200):
        assert all(common_needed(size, other, need, 1) > 1 for other in (size, 64, 65, 500, 10**5) if other >= size)
