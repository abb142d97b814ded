"""What a site repeats: furniture goes, a story that is sent again and an agency's paragraph stay."""

from dedup.clean.sites import SiteLines
from dedup.clean.templates import MIN_PAGES
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
