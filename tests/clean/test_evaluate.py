"""The measures, on pages and texts whose figures are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.clean.blocks import page_blocks
from dedup.clean.evaluate import Codes, PageScore, Tally, page_f1
from dedup.clean.labelled import Sample
from dedup.clean.labels import LABEL_CODES


def codes(labels: str) -> Codes:
    return np.array([LABEL_CODES[label] for label in labels.split()])


def sample(html: str, labels: str, gold: str, unsure: tuple[int, ...] = ()) -> Sample:
    blocks = page_blocks(html)
    weights = [0.2 if i in unsure else 1.0 for i in range(len(blocks))]
    return Sample(blocks, codes(labels).tolist(), weights, "site.example", gold, "en")


FERRY = sample(
    "<nav>Home</nav><h1>A ferry sinks</h1><p>It sank at noon today.</p><div class=related>Read also: fog</div>"
    "<p>Nobody was hurt by it.</p><p>Tell your friends</p><p>The owner said nothing more.</p><footer>Terms</footer>",
    "navigation headline body related body share body legal",
    "It sank at noon today.\nNobody was hurt by it.\nThe owner said nothing more.",
    unsure=(7,),
)
SCHOOL = sample(
    "<p>The school opens on Monday.</p><div class=advert>Buy our pens</div><p>Parents will be glad then.</p>",
    "body advert body",
    "The school opens on Monday.\nParents will be glad then.",
)


def tallied() -> Tally:
    tally = Tally()
    tally.add(
        FERRY,
        on_page=codes("navigation headline body body related navigation body legal"),
        as_text=codes("body headline body related body body navigation legal"),
        of_gold=codes("body body body byline"),
    )
    tally.add(SCHOOL, codes("body advert body"), codes("body advert body"), codes("body body"))
    return tally


def test_figures_of_two_pages() -> None:
    score = tallied().score()
    assert len(tallied()) == score.page.pages == 2
    # One of the five paragraphs of both pages was lost as a page.
    assert score.body_lost == pytest.approx(1 / 5)
    # The related title stayed and the advert went; nothing signs "Tell your friends" as furniture.
    assert score.inside_gone == pytest.approx(1 / 2)
    assert score.lines_lost == pytest.approx(1 / 6)
    # As text: of four sure furniture blocks two went, and one paragraph with them; headline and unsure do not count.
    precision, recall = 2 / 3, 2 / 4
    assert score.furniture_f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert score.body_recall == pytest.approx(4 / 5)
    # The second page came out as its gold text.
    assert score.page.exact == 0.5


def test_the_text_of_a_page_is_its_blocks_called_body() -> None:
    texts = [
        "It sank at noon today.\nRead also: fog\nThe owner said nothing more.",
        "The school opens on Monday.\nParents will be glad then.",
    ]
    expected = page_f1([(page.gold, text, "en") for page, text in zip((FERRY, SCHOOL), texts, strict=True)])
    assert tallied().score().page == expected


def test_nothing_measured_gives_nothing() -> None:
    score = Tally().score()
    assert score.page == PageScore(0, 0, 0, 0, 0)
    assert (score.body_lost, score.inside_gone, score.lines_lost, score.furniture_f1, score.body_recall) == (0,) * 5


@pytest.mark.parametrize(
    ("gold", "cleaned", "lang", "expected"),
    [
        ("a b c d e", "a b c d e", "en", (1, 1, 1, 1)),
        ("a b c d e", "a,\nb c (d) e", "en", (1, 1, 1, 1)),  # marks and lines do not count
        ("a b c d e", "v w x y z", "en", (0, 0, 0, 0)),
        ("a b c d e", "", "en", (0, 0, 0, 0)),
        ("a b c d e", "a b c d", "en", (2 / 3, 1, 1 / 2, 0)),
        ("a b c d", "a b c d e", "en", (2 / 3, 1 / 2, 1, 0)),
        ("a b c d", "a b c d a b c d", "en", (1 / 3, 1 / 5, 1, 0)),  # the second copy is too much
        ("a b", "a b", "en", (1, 1, 1, 1)),
        ("a b", "a", "en", (0, 0, 0, 0)),
        ("船今日正午沉没", "船今日正午沉", "zh", (6 / 7, 1, 3 / 4, 0)),
        ("船今日正午沉没", "船今日正午沉", "en", (0, 0, 0, 0)),
    ],
)
def test_page_f1(gold: str, cleaned: str, lang: str, expected: tuple[float, ...]) -> None:
    score = page_f1([(gold, cleaned, lang)])
    assert (score.f1, score.precision, score.recall, score.exact) == pytest.approx(expected)


def test_pages_weigh_the_same_whatever_their_length() -> None:
    long = " ".join(f"w{number}" for number in range(500))
    score = page_f1([(long, long, "en"), ("a b c d", "e f g h i j k l", "en")])
    # Of the second page's six shingles in all one is missed and five are too much.
    assert (score.precision, score.recall) == pytest.approx((1 / (1 + 5 / 6), 1 / (1 + 1 / 6)))
    assert (score.exact, score.pages) == (0.5, 2)
