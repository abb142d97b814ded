"""Cutting lines into sentences: examples of each rule in many languages, the kernel's twin, and what always holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.clean import signs
from dedup.clean.sentences import PARENTHESIS, PHRASE, sentence_starts
from tests.clean import naive_sentences as naive

# What the rules look at, in portions that make them meet often.
_SIGNS = """
    . . . ! ? … ... ; : , 。 ！ ؟ ۔ । ။ » « › ” “ „ ’ ‘ " ' ) ( ] [ 」 「 - — / @ _ ° & | • · → ► ★ 👉 📱 😀 >> >
    a b Le La The In Er mot Fin McAdam É é è я m p.m. J. K. U.S. St. Mr. Inc. Nr. im. им. etc. z. B. f.eks. m.in. Com
    am den Juli 1 2. 16. 2019 3,5 １ 彼 です と 网 ー 했다 다 네 قال د है वह ไทย ๆ ำ ខ្មែរ Ω Ναι ª ﷺ ა
"""
PARTS = st.sampled_from(_SIGNS.split()) | st.sampled_from(
    [" ", " ", " ", "  ", "   ", "\t", "\u00a0", "\u3000", "\u0301", "\u200b", "\x00", "\ud800", "𠀀"]
)
LINES = st.lists(PARTS, max_size=24).map("".join) | st.text(max_size=60)
SPACED = st.lists(PARTS, max_size=24).map(" ".join)


def pieces(text: str) -> list[str]:
    return [text[a:b] for a, b in pairwise([*sentence_starts(text), len(text)])]


@pytest.mark.parametrize(
    "marked",
    [
        # Stops of many scripts, and furniture between sentences.
        "La séance est levée. ‖Lire aussi : Le budget est voté ‖► Abonnez-vous ‖👉 Nos lettres",
        "Is it so? ‖Yes! ‖It is. ‖“Quite,” he said. ‖‘No.’ ‖(It was.) ‖Then",
        "« Qui ? » ‖Le maire. ‖« Moi. » ‖Il part",
        "¿Qué pasa? ‖¡Nada! ‖Él se fue. ‖—Ya salgo. ‖5 de mayo. ‖$5 menos",
        "Он ушёл. ‖Она тоже! ‖«Да?» ‖Нет… ‖Ну",
        "他来了。‖“你好。”‖他走了！‖（完）再见？‖Apple 很好。‖iPhone",
        "彼は言った。‖「そうだ。」と言った。‖本当？\u3000‖はい。",
        "그는 갔다. ‖10일 왔다.‖그는 없다",
        "हम आए। ‖वह गया।‖फिर",
        "جاء محمد. ‖وذهب؟ ‖نعم",
        "وہ آیا۔ ‖ہم گئے۔‖پھر",
        "Ποιος είναι; ‖Εγώ. ‖Τέλος",
        "Նա եկավ։ ‖Գնաց",
        # Not after abbreviations, initials, numbers.
        "Mr. J. K. Smith of Widget Co. Ltd. met Dr. Jean-P. Roux, e.g. in St. Ives, No. 5, p. 12, at 5 p.m. ET. ‖It",
        "M. Dupont et Mme. Roux, av. J.-C. Le",
        "Am 16. Juli kam z. B. Hr. Meier bzw. Frau Roth zum 2. Mal, ca. 5 Mio. Euro. ‖Er war 21. ‖Die",
        "Er kommt am 12. 5. 2020. ‖1. Einleitung",
        "Жил на ул. Мира в г. Энске, т. е. Там. ‖Это я. ‖Он",
        "Der bor f.eks. Ola, m.in. Adam. ‖The",
        "El Sr. Ruiz y la Sra. Paz, EE.UU. ‖El 26-J. ‖Ya",
        "قال د. محمد",
        # A word that seldom goes on shows the end.
        "He left the U.S. ‖The firm, Widget Inc. ‖All rights at 5 p.m. ‖He",
        "I don't. ‖He likes R&B. ‖We are 4G. ‖It",
        # Lower case goes on.
        "Yahoo! is… well... fine. ‖So “why?” he asked. and",
        # Brackets hold together.
        "He said (No. Never. Ever) so. ‖[Ah. Oh.] ‖Then",
        # Glued without a space.
        "Il part.‖Le maire.‖L’autre ?‖Non!‖Fin en 2019.‖La suite…‖Oui",
        "www.Widget.Org, Widget.Com, a@b.Fr, x/y.Html, pkg.ClassName, St.Gallen, Mr.Smith, z.B.Das, Node.Js2",
        # Breaks.
        "Foo ‖| Bar ‖• Baz ‖► Go ‖★★★ Film   ‖Qux\t‖End",
        "Home » ‖Sport » ‖Article >> ‖The end. ‖» Read",
        "Foo  Bar ‖►lower l·l a|b x→y foo 📱 bar",
        "Foo bar ‖📱 Get it [...] ‖The",
    ],
)
def test_cuts(marked: str) -> None:
    expected = marked.split("‖")
    assert pieces("".join(expected)) == expected


def test_languages_without_full_stops_are_cut_at_spaces_once_a_piece_is_long() -> None:
    phrase = "ก" * (PHRASE - 1)
    assert pieces(f"{phrase} กข คง") == [f"{phrase} กข ", "คง"]
    assert pieces(f"{phrase}ก 5 คง พ.ศ. กข") == [f"{phrase}ก 5 คง ", "พ.ศ. กข"]


def test_long_brackets_do_not_hold() -> None:
    inside = "a" * (PARENTHESIS - 10)
    assert pieces(f"Foo ({inside}. Bar bar) x") == [f"Foo ({inside}. Bar bar) x"]
    assert pieces(f"Foo ({inside}. Bar bar bar) x") == [f"Foo ({inside}. ", "Bar bar bar) x"]


@settings(deadline=None, max_examples=400)
@given(LINES | SPACED)
def test_the_kernel_is_its_naive_twin(text: str) -> None:
    assert sentence_starts(text) == naive.sentence_starts(text)


@settings(deadline=None, max_examples=400)
@given(LINES | SPACED)
def test_what_always_holds(text: str) -> None:
    starts = sentence_starts(text)
    assert starts[:1] == [0] * bool(text)
    assert all(a < b for a, b in pairwise([*starts, len(text)]))
    for at in starts[1:]:
        assert not text[at].isspace()
        assert not (text[at - 1].isalpha() and text[at].isalpha())
        assert not (text[at - 1].isdigit() and text[at].isdigit())
    if len(starts) > 1:
        # Ideographs that are newer than the running Python's Unicode are letters too.
        assert all(any(c.isalnum() or 0x20000 <= ord(c) < signs.LAST for c in piece) for piece in pieces(text))


@settings(deadline=None, max_examples=400)
@given((LINES | SPACED).filter(lambda text: not set("«»‹›") & set(text)))
def test_a_piece_stays_whole(text: str) -> None:
    assert all(sentence_starts(piece) == [0] for piece in pieces(text))


SIGNS = [".", " ", "(", "A", "ก ", "« ", "|", ". ", "‘", "\0", "\ud800", "A.", "(A. ", " | ", "!”"]


@pytest.mark.parametrize("sign", SIGNS)
def test_ten_million_of_a_sign(sign: str) -> None:
    text = sign * (10_000_000 // len(sign))
    starts = sentence_starts(text)
    assert starts[0] == 0
    assert len(starts) <= len(text) // 2


def test_no_text_has_no_pieces() -> None:
    assert sentence_starts("") == []


def test_kinds_are_those_of_the_signs() -> None:
    kinds = signs.kinds_of_points()
    for kind, examples in [
        (signs.LOWER, "aéяωº"), (signs.UPPER, "AÉЯΩ"), (signs.CASELESS, "قहა"), (signs.HANGUL, "한ㄱ"),
        (signs.UNSPACED, "漢かカー々ゝ"), (signs.PHRASED, "กๆខမ"), (signs.DIGIT, "1١१１"),
        (signs.MARK, "\u0301\u200d\ufe0f"), (signs.SPACE, " \t\u00a0\u3000"), (signs.CALL, "📣📱🔴"),
        (signs.OPEN, "😀❤€+"), (signs.OTHER, ",:;%\0\ud800"),
    ]:  # fmt: skip
        assert {kinds[ord(c)] for c in examples} == {kind}


def test_no_word_is_longer_than_what_is_looked_up() -> None:
    assert max(map(len, signs.known_words())) == signs.LONGEST
