"""What a site repeats: furniture goes, a story that is sent again and an agency's paragraph stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean import sites
from dedup.clean.sites import LINES_A_PAGE, MIN_OTHER_SITES, SiteLines
from dedup.clean.templates import MIN_PAGES, PAGES_A_SITE
from dedup.records import Block


def own(number, lines=3):
    return [
        f"Paragraph {line} of page {number}, which says what no other page of this site says at all."
        for line in range(lines)
    ]


def learned(pages, known=None):
    """Learn from pages, each (site, lines); a line is body, or a block with a label of its own."""
    lines = SiteLines(known)
    for site, texts in pages:
        lines.add(site, [text if isinstance(text, Block) else Block(text) for text in texts])
    return lines.learned()


def marked(pages):
    """Give for each page the body lines that its site repeats."""
    templates, result = learned(pages), []
    for site, texts in pages:
        body = [text for text in texts if not isinstance(text, Block)]
        result.append([text for text in body if templates.strip(site, text) == ("", 1)])
    return result


CONSENT = "We and our partners store information on your device and read it, to measure what you read and when."


def test_a_line_on_many_pages_of_a_site_is_furniture():
    pages = [("a.example", [*own(n), CONSENT]) for n in range(MIN_PAGES)]
    assert marked(pages) == [[CONSENT]] * MIN_PAGES


def test_a_few_pages_are_not_enough():
    pages = [("a.example", [*own(n), CONSENT]) for n in range(MIN_PAGES - 1)]
    assert marked(pages) == [[]] * (MIN_PAGES - 1)


def test_nor_is_a_small_share_of_a_large_site():
    pages = [("a.example", [*own(n), *([CONSENT] if n % 5 == 0 else [])]) for n in range(100)]
    assert not any(marked(pages))


def test_what_many_sites_carry_is_not_furniture():
    assert not any(marked([(f"{n}.example", [*own(n), CONSENT]) for n in range(20)]))


def test_a_story_sent_again_with_an_added_line_is_not_furniture():
    story = own(0, lines=8)
    assert not any(marked([("wire.example", [*story, f"Update {n}: it goes on."]) for n in range(10)]))


def test_pages_on_which_the_classifier_saw_it_count_too():
    seen = [("a.example", [*own(n), Block(CONSENT, "consent")]) for n in range(6)]
    missed = ("a.example", [*own(7), CONSENT])
    assert marked([*seen, missed]) == [[]] * 6 + [[CONSENT]]


def test_pages_without_a_site_and_without_blocks():
    assert marked([(None, [CONSENT])] * 6 + [("a.example", [])]) == [[]] * 7
    assert SiteLines().learned().sites == {}


def test_a_standing_introduction_of_a_columnist_goes_with_the_furniture():
    """The known hard case: it is repeated like furniture, and nothing here tells it apart."""
    intro = "Every week our columnist writes from the harbour about the people who work there and what they say."
    assert marked([("a.example", [intro, *own(n)]) for n in range(8)]) == [[intro]] * 8


def test_a_columnist_among_others_keeps_the_introduction():
    intro = "Every week our columnist writes from the harbour about the people who work there and what they say."
    pages = [("a.example", [intro, *own(n)]) for n in range(4)] + [("a.example", own(n)) for n in range(4, 9)]
    assert not any(marked(pages))


WIRE = "The treaty was signed in 1998 by eleven coastal states and has been renewed twice, most lately in the spring."


def elsewhere(sites, pages=6):
    """Other sites, each with one page that carries the wire paragraph."""
    return [
        (f"{site}.example", [*own(1000 * site + n), *([WIRE] if n == 0 else [])])
        for site in range(sites)
        for n in range(pages)
    ]


def test_an_agencys_paragraph_stays_also_where_one_of_the_sites_repeats_it():
    repeating = [("a.example", [*own(n), WIRE, CONSENT]) for n in range(6)]
    assert marked(repeating)[0] == [WIRE, CONSENT]
    assert marked([*repeating, *elsewhere(MIN_OTHER_SITES - 1)])[0] == [WIRE, CONSENT]
    for number in (MIN_OTHER_SITES, 10):
        found = marked([*repeating, *elsewhere(number)])
        assert found == [[CONSENT]] * 6 + [[]] * (6 * number)


def test_a_consent_text_on_most_pages_of_many_sites_goes_from_each():
    pages = [(f"{site}.example", [*own(100 * site + n), CONSENT]) for site in range(10) for n in range(5)]
    assert marked(pages) == [[CONSENT]] * 50


def test_what_is_known_to_be_repeated_is_forgotten_when_other_sites_carry_it_in_stories():
    known = learned([("a.example", [*own(n), WIRE, CONSENT]) for n in range(6)])
    again = learned(elsewhere(5), known)
    assert known.strip("a.example", WIRE) == ("", 1)
    assert again.strip("a.example", WIRE) == (WIRE, 0)
    assert again.strip("a.example", CONSENT) == ("", 1)


def test_counts_in_short_lines_are_folded_and_numbers_in_sentences_are_not():
    market = "The index closed at {} points on Monday, and {} shares changed hands before the bell, brokers said."
    pages = [("a.example", [*own(n), f"{n * 7:,} comments", market.format(n, n * 1000)]) for n in range(300, 308)]
    assert [[line.split()[1] for line in lines] for lines in marked(pages)] == [["comments"]] * 8


def test_a_page_that_comes_twice_counts_once():
    pages = [("a.example", [*own(n), CONSENT]) for n in range(3)]
    assert not any(marked(pages * 3))


texts = st.lists(st.sampled_from([*own(0, 5), CONSENT, WIRE, "7 comments", "9 comments", "Share"]), max_size=7)
corpora = st.lists(st.tuples(st.sampled_from(["a.example", "b.example"]), texts), max_size=40)


@settings(max_examples=40, deadline=None)
@given(corpora, st.randoms(use_true_random=False), st.sampled_from([100_000, 20, 6]))
def test_the_order_of_pages_does_not_matter(pages, chance, room):
    mixed = [*pages]
    chance.shuffle(mixed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sites, "PAGES_IN_ALL", room)
        patch.setattr(sites, "FEWEST_PAGES", 4)
        assert learned(pages).encode() == learned(mixed).encode()


def test_the_order_does_not_matter_where_the_sample_is_smaller_than_the_site(monkeypatch):
    monkeypatch.setattr(sites, "PAGES_IN_ALL", 100)
    pages = [(f"{n % 3}.example", [*own(n, lines=2), CONSENT, *([WIRE] if n % 5 else [])]) for n in range(600)]
    forth, back = learned(pages), learned(reversed(pages))
    assert forth.encode() == back.encode()
    assert {site.pages for site in forth.sites.values()} == {32}
    assert all(forth.strip(name, CONSENT) == ("", 1) for name in forth.sites)


def test_memory_is_bounded_on_a_corpus_of_many_distinct_lines():
    lines = SiteLines()
    for n in range(25_000):
        lines.add("a.example", [Block(CONSENT), *(Block(text) for text in own(n, lines=4))])
    held = [len(page) for page in lines._pages["a.example"].values()]
    assert len(held) == PAGES_A_SITE
    assert max(held) == 13 * 5
    found = lines.learned()
    assert found.strip("a.example", CONSENT) == ("", 1)
    assert len(found.sites["a.example"].lines) == 1


def test_a_page_of_many_lines_leaves_as_many_as_there_is_room_for():
    lines = SiteLines()
    for n in range(8):
        lines.add("a.example", [Block(text) for text in own(n, lines=12_500)])
    assert [len(page) for page in lines._pages["a.example"].values()] == [13 * LINES_A_PAGE] * 8


def test_memory_is_bounded_on_many_sites(monkeypatch):
    monkeypatch.setattr(sites, "PAGES_IN_ALL", 1000)
    lines = SiteLines()
    for n in range(12_000):
        lines.add(f"{n % 600}.example", [Block(CONSENT), *(Block(text) for text in own(n, lines=2))])
    assert sum(len(pages) for pages in lines._pages.values()) <= 1000
    found = lines.learned()
    assert 20 <= len(found.sites) < 600
    assert all(found.strip(name, CONSENT) == ("", 1) for name in found.sites)


def test_learning_in_two_parts_comes_to_the_same_as_in_one():
    pages = [("a.example", [*own(n), CONSENT, "Share"]) for n in range(20)]
    parts = learned(pages[10:], learned(pages[:10]))
    assert parts.encode() == learned(pages).encode()


def test_what_a_site_no_longer_repeats_fades():
    known = learned([("a.example", [*own(n), CONSENT]) for n in range(200)])
    for day in range(1, 4):
        pages = [("a.example", [*own(1000 * day + n), WIRE]) for n in range(100)]
        known = learned(pages, known)
        assert known.sites["a.example"].pages == PAGES_A_SITE
    assert known.strip("a.example", CONSENT) == (CONSENT, 0)
    assert known.strip("a.example", WIRE) == ("", 1)


def test_short_lines_are_learned_on_though_they_no_longer_count_as_body():
    pages = [("a.example", [*own(n), "7 comments"]) for n in range(8)]
    seen = [("a.example", [*own(n), Block("9 comments", "comments")]) for n in range(8, 16)]
    [(count, label)] = learned(seen, learned(pages)).sites["a.example"].lines.values()
    assert (count, label) == (16, "comments")


def test_a_line_is_called_what_the_classifier_called_it_most_often():
    pages = [("a.example", [*own(n), Block(CONSENT, label)]) for n, label in enumerate(["consent"] * 3 + ["legal"])]
    pages += [("a.example", [*own(n), CONSENT, WIRE]) for n in range(4, 8)]
    labels = {label for _, label in learned(pages).sites["a.example"].lines.values()}
    assert labels == {"consent", "navigation"}
