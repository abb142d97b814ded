"""What the classifier learns from: pages labelled by gold text or by hand, and the plain texts made of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dedup.clean.blocks import LONG_LINE, Blocks
from dedup.clean.labelled import FOLDS, Sample, Seed, block_hash, fold_of, label_page, read_labels
from dedup.clean.labels import BODY, LABEL_CODES
from dedup.clean.ngrams import join_lines
from dedup.clean.samples import SEED_DOCUMENTS, cropped, disguised, plain_samples, seed_samples
from dedup.clean.shape import line_shapes
from dedup.errors import InputError
from dedup.records import LABELS

GOLD = [
    f"The {first} of the island was {done} on a rainy day, said the {second}, and nobody on the {third} was {known}."
    for first, done, second, third, known in (
        ("harbour", "closed", "captain", "ferry", "hurt"),
        ("bridge", "mended", "engineer", "road", "asked"),
        ("school", "painted", "teacher", "council", "against it"),
        ("lighthouse", "sold", "keeper", "pier", "surprised"),
        ("market", "opened", "baker", "square", "hungry"),
        ("library", "counted", "clerk", "bus", "late"),
        ("mill", "measured", "owner", "river", "wet"),
        ("chapel", "lit", "organist", "choir", "cold"),
        ("quarry", "filled", "mayor", "train", "heard"),
        ("orchard", "fenced", "farmer", "hill", "missed"),
    )
]
HTML = (
    "<html><head><title>News of the Island</title></head><body><nav class=menu><a href=/>Home</a></nav><article>"
    f"<h1>News of the Island</h1>{''.join(f'<p class=text>{line}</p>' for line in GOLD[:5])}"
    "<div class=related><a href=/1>Read also: ferry sold</a></div>"
    f"{''.join(f'<p>{line}</p>' for line in GOLD[5:])}</article><footer class=foot>© 2024 Bell</footer></body></html>"
)
# In capitals, so that each letter of a joined line tells what it is.
SEEDS = [
    Seed(f"{words} {number}", LABEL_CODES[label], lang)
    for lang, words, label in (
        ("en", "SHARE THIS ON FRIENDBOOK", "share"),
        ("en", "OUR LETTER EVERY MORNING", "signup"),
        ("fr", "LIRE AUSSI NOS ARTICLES", "related"),
    )
    for number in ("ONE", "TWO", "THREE")
]
KNOWN = {seed.text: seed.code for seed in SEEDS}


def page(id: str = "a", **fields: str) -> Sample:
    row = {"id": id, "html": HTML, "text": "\n".join(GOLD), "url": "https://bell.example/1", "lang": "en"} | fields
    made = label_page(row, "pages")
    assert made is not None
    return made


def dresses(count: int = 30, clean_only: bool = False) -> list[tuple[Sample, Sample]]:
    """Pairs of a page and a plain text made of it."""
    pages = [replace(page(str(number)), clean_only=clean_only) for number in range(count)]
    return [(one, made) for one in pages for made in plain_samples(one, SEEDS)]


def labels(sample: Sample) -> list[str]:
    return [LABELS[code] for code in sample.codes]


def test_a_page_is_labelled_by_its_gold_text() -> None:
    sample = page()
    kinds = ["navigation", "headline", *["body"] * 5, "related", *["body"] * 5, "legal"]
    assert (labels(sample), set(sample.weights)) == (kinds, {1.0})
    assert (sample.group, sample.lang, sample.set_name, sample.id) == ("bell.example", "en", "pages", "a")


def test_a_page_without_labels_or_without_elements_is_none() -> None:
    row = {"id": "a", "html": HTML, "text": " \n"}
    assert label_page(row, "pages") is None
    assert label_page(row | {"html": "", "text": "a"}, "pages") is None
    assert label_page(row, "pages", {"b": [(block_hash("Home"), "navigation")]}) is None


def test_a_date_before_the_first_paragraph_is_no_body() -> None:
    paragraphs = [f"{line} {line}" for line in GOLD[:2]]
    stamp, later = "Published on 12.03.2021 at noon", "Changed on 13.03.2021 at noon"
    html = f"<article><p>{stamp}</p><p>{paragraphs[0]}</p><p>{later}</p><p>{paragraphs[1]}</p></article>"
    sample = page(html=html, text="\n".join((stamp, paragraphs[0], later, paragraphs[1])))
    assert labels(sample) == ["byline", "body", "body", "body"]
    bare = page(html=html.replace(stamp, "12.03.2021"), text="\n".join(("12.03.2021", *paragraphs)))
    assert labels(bare)[:2] == ["byline", "body"]


def test_labels_by_hand_go_by_order_and_count_where_the_text_is_the_same() -> None:
    blocks = page().blocks
    by_hand = [(block_hash(text), "related" if text in GOLD[5:] else "body") for text in blocks.texts]
    row = {"id": "a", "html": HTML, "text": "\n".join(GOLD)}
    sample = label_page(row, "pages", {"a": by_hand})
    assert sample is not None
    assert labels(sample) == [label for _, label in by_hand]
    assert set(sample.weights) == {1.0}
    assert sample.gold.split("\n") == [text for text in blocks.texts if text not in GOLD[5:]]

    stale = [(block_hash("cut otherwise"), "body"), *by_hand[1:4], *by_hand[5:]]
    sample = label_page(row, "pages", {"a": stale})
    assert sample is not None
    assert [i for i, weight in enumerate(sample.weights) if weight == 0] == [0, 4]
    assert [label for i, label in enumerate(labels(sample)) if i not in (0, 4)] == [label for _, label in stale[1:]]
    assert blocks.texts[0] not in sample.gold


@pytest.mark.parametrize("row", ["a\tb", "a\tb\tbody\tmore", "a\tb\tparagraph", ""])
def test_a_bad_label_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(f"page\tblock\tlabel\na\tb\tbody\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"labels\.tsv:3"):
        read_labels(path)


def test_plain_texts_are_the_same_every_time_and_belong_to_the_page() -> None:
    assert plain_samples(page(), SEEDS) == plain_samples(page(), SEEDS)
    for one, made in dresses(3):
        assert (made.group, made.lang, made.id, made.set_name) == (one.group, one.lang, one.id, one.set_name)


def test_every_line_of_a_plain_text_keeps_its_label() -> None:
    kinds: Counter[str] = Counter()
    for one, made in dresses():
        if made.blocks.source:
            continue
        assert len(made.blocks) == len(made.codes) == len(made.weights) == len(made.blocks.lines) > 0
        assert made.blocks.lines == list(range(1, len(made.blocks) + 1))
        on_page = dict(zip(one.blocks.texts, one.codes, strict=True))
        for text, code in zip(made.blocks.texts, made.codes, strict=True):
            known = (KNOWN | on_page).get(text)
            assert code == (BODY if known is None else known), text
            assert known is not None or any(text in line for line in GOLD), text
            kinds["wrapped" if known is None else "seed" if text in KNOWN else LABELS[known]] += 1
        kinds["clean"] += made.blocks.texts == GOLD
        kinds["whole"] += made.blocks.texts == one.blocks.texts
    assert all(kinds[kind] for kind in ("wrapped", "seed", "body", "headline", "related", "clean", "whole")), kinds


def test_where_there_are_seed_lines_of_the_language_most_furniture_is_of_it() -> None:
    used = Counter(text[:4] for _, made in dresses() for text in made.blocks.texts if text in KNOWN)
    assert used["LIRE"] * 4 < used["SHAR"] + used["OUR "]
    other = plain_samples(replace(page(), lang="el"), SEEDS)
    assert any(text.startswith("LIRE") for made in other for text in made.blocks.texts)


def test_of_pages_that_are_no_articles_only_the_gold_text_comes() -> None:
    furniture = {"Home", "Read also: ferry sold", "© 2024 Bell"}
    assert furniture & {text for _, made in dresses(5) for text in made.blocks.texts} == furniture
    assert not furniture & {text for _, made in dresses(clean_only=True) for text in made.blocks.texts}


def test_all_in_one_line_is_cut_again_and_each_piece_has_the_label_of_most_of_it() -> None:
    known = KNOWN | dict.fromkeys(GOLD, BODY) | {"News of the Island": LABEL_CODES["headline"]}
    seen = set()
    for source, made in ((made.blocks.source, made) for _, made in dresses() if made.blocks.source):
        assert len(source) > LONG_LINE
        assert set(made.blocks.lines) == {1}
        assert len(made.codes) == len(made.weights) == len(made.blocks) > 5
        lines = re.findall("|".join(known), source)
        assert " ".join(lines) == source
        letters = [known[line] for line in lines for _ in f"{line} "]
        for i, (start, end) in enumerate(zip(made.blocks.starts, made.blocks.ends, strict=True)):
            assert made.blocks.texts[i] == source[start:end]
            counts = Counter(letters[start:end])
            most = max(counts.values())
            assert counts[made.codes[i]] == most
            assert made.weights[i] == (1.0 if most >= 0.8 * (end - start) else 0.2)
            seen.add((made.codes[i] == BODY, made.weights[i]))
    assert seen == {(True, 1.0), (True, 0.2), (False, 1.0), (False, 0.2)}


def test_short_articles_do_not_come_in_one_line() -> None:
    short = replace(page(), gold="\n".join(GOLD[:2]))
    made = [made for number in range(20) for made in plain_samples(replace(short, id=str(number)), SEEDS[:1])]
    assert {sample.blocks.source for sample in made} == {""}


def lines_of(lang: str, *kinds: str) -> list[Seed]:
    """Thirty lines of each kind, each with its name in it."""
    return [
        Seed(f"[{lang}-{kind}-{number}] stands here.", LABEL_CODES[kind], lang)
        for kind in kinds
        for number in range(30)
    ]


def test_texts_of_seed_lines_are_of_one_language_and_fold() -> None:
    seeds = [*lines_of("pt", "body", "byline", "share", "legal"), *lines_of("el", "body", "headline", "related")]
    by_name = {seed.text.split("]")[0] + "]": seed for seed in seeds}
    made = seed_samples(seeds)
    assert Counter((sample.lang, sample.fold) for sample in made) == {
        (lang, fold): SEED_DOCUMENTS for lang in ("pt", "el") for fold in range(FOLDS)
    }
    assert made == seed_samples(seeds)
    several = 0
    for sample in made:
        assert fold_of(sample.group) == sample.fold
        assert len(sample.blocks) == len(sample.codes) == len(sample.weights)
        assert BODY in sample.codes
        for text, code in zip(sample.blocks.texts, sample.codes, strict=True):
            used = [by_name[name] for name in re.findall(r"\[.*?\]", text)]
            assert {(seed.lang, seed.fold, seed.code) for seed in used} == {(sample.lang, sample.fold, code)}
            several += len(used) > 1
    assert several


def test_a_language_without_furniture_or_body_makes_no_text() -> None:
    assert seed_samples([*lines_of("pt", "body", "byline"), *lines_of("el", "headline", "related")]) == []


def test_disguised_pages_look_the_same_and_say_something_else() -> None:
    original = page()
    modes = Counter()
    for number in range(20):
        one = replace(original, id=str(number))
        other = disguised(one)
        assert (other.codes, other.weights, other.group) == (one.codes, one.weights, one.group)
        shapes = [line_shapes(*join_lines(sample.blocks.texts)) for sample in (one, other)]
        np.testing.assert_array_equal(*shapes)
        assert one.blocks.elements is not None
        assert other.blocks.elements is not None
        words_gone = other.blocks.texts != one.blocks.texts
        names_gone = other.blocks.elements.names != one.blocks.elements.names
        modes[words_gone, names_gone] += 1
        if words_gone:
            assert not re.search("[A-Za-z]", "".join((*other.blocks.texts, other.blocks.facts.title)))
            assert other.blocks.facts.title == other.blocks.texts[1]
            assert len(set(other.blocks.texts)) == len(set(one.blocks.texts))
        if names_gone:
            assert all(re.fullmatch(r"<\S+>", name) for name in other.blocks.elements.names)
            assert other.blocks.elements.parent == one.blocks.elements.parent
    assert set(modes) == {(True, False), (False, True), (True, True)}
    assert original == page()


def around(blocks: Blocks, i: int) -> list[str]:
    """Names of the elements around a block, outwards."""
    names, row = [], blocks.element[i]
    while row >= 0:
        names.append(blocks.elements.names[row])
        row = blocks.elements.parent[row]
    return names


def test_small_pages_are_pieces_of_whole_ones() -> None:
    original = page()
    whole = original.blocks
    seen: Counter[str] = Counter()
    for number in range(40):
        small = cropped(replace(original, id=str(number)))
        assert small is not None
        blocks = small.blocks
        places = [whole.texts.index(text) for text in blocks.texts]
        assert places == sorted(set(places))
        assert small.codes == [original.codes[i] for i in places]
        assert small.weights == [original.weights[i] for i in places]
        assert BODY in small.codes
        for k, i in enumerate(places):
            inner, outer = around(blocks, k), iter(around(whole, i))
            assert inner[0] == around(whole, i)[0]
            assert all(name in outer for name in inner), "in the same order, but some are gone"
            assert (blocks.tag[k], blocks.links[k], blocks.linked[k]) == (whole.tag[i], whole.links[i], whole.linked[i])
        elements = blocks.elements
        assert all(-1 <= parent < row for row, parent in enumerate(elements.parent))
        assert elements.depth == [0 if parent < 0 else elements.depth[parent] + 1 for parent in elements.parent]
        used = {name for k in range(len(blocks)) for name in around(blocks, k)}
        assert set(elements.names) == used
        seen["fewer elements"] += len(around(blocks, 0)) < len(around(whole, places[0]))
        seen["no title"] += not blocks.facts.title
        seen.update(LABELS[code] for code in small.codes)
    assert set(seen) > {"fewer elements", "no title", "headline", "navigation", "related", "legal"}
    assert all(seen.values())
    assert original == page()
    assert cropped(original) == cropped(page())


def test_a_page_without_body_has_no_small_page() -> None:
    assert cropped(replace(page(), codes=[LABEL_CODES["related"]] * len(page().codes))) is None
