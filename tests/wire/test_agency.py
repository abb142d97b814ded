"""All credits of a text with their places, what is only mentioned, and what a page states; work is bounded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import Credit
from dedup.wire import Attribution, agencies, credits

STORY = "The council met on Tuesday and agreed on a budget.\nIt will be published next week.\n"


@pytest.fixture(autouse=True, scope="module")
def _read_table():
    """Read the table and compile, once, which is no part of any test."""
    credits("AFP said so")


def named(text: str, *args: list[str]) -> list[tuple[str, str]]:
    return [(credit.agency, credit.kind) for credit in credits(text, *args).credits]


def test_the_most_important_credit_goes_first_and_each_agency_once():
    text = f"By Reuters\nPARIS (AFP) — {STORY}© dpa\n© AFP"
    assert named(text, [], ["Associated Press", "Reuters"]) == [
        ("AFP", "dateline"), ("Reuters", "byline"), ("dpa", "notice"), ("AP", "metadata"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"PARIS (AFP/Reuters) — {STORY}", ["AFP", "Reuters"]),
        (f"【AFP＝時事】{STORY}", ["AFP", "Jiji"]),
        (f"A headline\nPar Le Monde avec AFP et Reuters\n{STORY}", ["AFP", "Reuters"]),
        (f"A headline\nBron: ANP/Reuters\n{STORY}", ["ANP", "Reuters"]),
        (f"{STORY * 20}(ats/afp)", ["Keystone-ATS", "AFP"]),
        (f"{STORY * 20}(SDA/dpa)", ["Keystone-ATS", "dpa"]),
        (f"{STORY * 20}Con información de EFE y Europa Press", ["EFE", "Europa Press"]),
        (f"{STORY * 20}The Associated Press and Reuters contributed to this report.", ["AP", "Reuters"]),
        (
            f"{STORY * 20}This report contains material from Reuters, AFP and The Associated Press.",
            ["Reuters", "AFP", "AP"],
        ),
        (f"{STORY * 20}dpa\n© AFP", ["dpa", "AFP"]),
    ],
)
def test_several_agencies(text, found):
    assert [credit.agency for credit in credits(text).credits] == found


def test_who_is_heard_before_the_notice_did_not_help():
    text = f"{STORY * 20}Reuters reported it first. The Associated Press contributed to this report."
    assert named(text) == [("AP", "notice")]
    assert credits(text).mentions == ["Reuters"]


@pytest.mark.parametrize(
    ("statement", "agency"),
    [
        ("AFP", "AFP"),
        ("Agence France-Presse", "AFP"),
        ("Jane Doe, Associated Press", "AP"),
        ("By Jane Doe, AP Political Writer", "AP"),
        ("Le Monde avec AFP", "AFP"),
        ("Reuters Staff", "Reuters"),
        ("Thomson Reuters", "Reuters"),
        ("John Roe (Reuters)", "Reuters"),
        ("MAP", "MAP"),
        ("PA Media", "PA Media"),
        ("Redacción / EFE", "EFE"),
        ("РИА Новости", "RIA Novosti"),
        ("新华社", "Xinhua"),
        ("연합뉴스", "Yonhap"),
        ("  Associated\n Press ", "AP"),
    ],
)
def test_what_a_page_states_credits(statement, agency):
    assert credits(STORY, [], [statement]).credits == [Credit(agency, "metadata", " ".join(statement.split()))]


@pytest.mark.parametrize(
    "statement",
    ["", "Jane Doe", "The Daily Council", "Harrisburg, PA", "Michael Bloomberg", "Photo: AFP", "Maps and more",
     "AP" * 500, "Reuters reported that the council had met and that it had agreed on a budget"],
)  # fmt: skip
def test_what_a_page_states_of_others_does_not(statement):
    assert credits(STORY, [], [statement]).credits == []


@pytest.mark.parametrize(
    ("sentence", "mentions"),
    [
        ("Reuters reported that the council met.", ["Reuters"]),
        ("Selon l'AFP, le conseil s'est réuni.", ["AFP"]),
        ("El consejo se reunió, según EFE y la agencia Reuters.", ["EFE", "Reuters"]),
        ("Der Rat sagte der Deutschen Presse-Agentur, er sei einig.", ["dpa"]),
        ("Как сообщает ТАСС, совет собрался.", ["TASS"]),
        ("路透社报道说会议已经结束。", ["Reuters"]),
        ("وقالت رويترز إن المجلس اجتمع.", ["Reuters"]),
        ("Photo: Jane Doe/AFP", ["AFP"]),
        ("The Australian Associated Press said so.", ["AAP"]),
        ("Interfax-Ukraine said so.", ["Interfax-Ukraine"]),
        # Words, states and people are none.
        ("The map shows the PA and the TT, said Petra of Anadolu.", []),
        ("共同声明が発表された。", []),
        ("Mayor Bloomberg met the council.", []),
        ("A massive REUTERSWARD was seen; so was an AFPS.", []),
    ],
)
def test_who_is_named_but_not_credited_is_mentioned(sentence, mentions):
    assert credits(f"{STORY}{sentence}\n{STORY}") == Attribution([], mentions)


def test_who_is_credited_is_not_mentioned():
    assert credits(f"PARIS (AFP) — {STORY}Reuters told AFP so.\n") == Attribution(
        [Credit("AFP", "dateline", "PARIS (AFP) —", 0, 13)], ["Reuters"]
    )


def test_places_are_those_of_a_text_that_is_read_at_its_ends_only():
    text = f"A headline\n{STORY * 500}  © 2026  AFP"
    (credit,) = credits(text).credits
    assert (credit.agency, credit.evidence, text[credit.start : credit.end]) == ("AFP", "© 2026 AFP", "© 2026  AFP")


def test_no_text_credits_nothing():
    assert credits("") == Attribution([], [])
    assert credits("\n \n", ["", " "], ["", " "]) == Attribution([], [])


HOSTILE = [
    "(" * 50_000,
    "/" * 100_000,
    "A" * 200_000,
    "a (b" * 50_000,
    "© " * 50_000,
    "AP " * 60_000,
    "AP, " * 60_000,
    "by " * 90_000,
    "mit material von der " * 9_000,
    "Reporting by " * 20_000,
    "reporting by " + "x" * 200_000,
    "Associated Press " * 10_000,
    "新华社" * 60_000,
    ". " * 90_000,
    "- " * 90_000,
    "\n" * 200_000,
    "\u3000" * 100_000,
    "(AFP\n" * 40_000,
    "By Reuters and \n" * 20_000,
    "REUTERS (AP) " * 20_000,
    "Reuters said. " * 20_000,
    "\u00a0AP" * 60_000,
    "The Associated Press, Jane Doe and " * 5_000,
    "Associated Press " + "contributed " * 20_000,
    "© the by par " * 20_000 + "AP",
    "\n".join(f"{agency} said" for agency in agencies()) * 500,
    "© 2026 " * 30_000,
    "contributed to this " * 20_000,
    "AP contributed to this " * 20_000,
    "con información de EFE, " * 20_000,
    "Editing by " * 20_000,
    "(Reporting by x; Editing by y) " * 10_000,
    "Jane Doe, " * 20_000 + "Associated Press",
    "AP" + " " * 200_000 + "AP",
    "AP\n" * 60_000,
    "\n".join(["Jane Doe, Associated Press"] * 20_000),
    "/AP" * 60_000,
    "-AP-" * 50_000,
    "Reuters (" * 30_000,
    "A" + "\u0301" * 100_000 + "AP",
    "é AP" * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_texts_take_no_longer_than_others(text):
    started = time.process_time()
    credits(text, [text], [text])
    assert time.process_time() - started < 1


@pytest.mark.parametrize("line", ["AFP reported ", "(", "© AFP ", "PARIS (AFP) - "])
def test_one_line_of_ten_megabytes_takes_no_longer_than_its_ends(line):
    text = line * (10_000_000 // len(line))
    started = time.process_time()
    credits(text, [text], [text])
    assert time.process_time() - started < 1


def test_a_hundred_thousand_names():
    text = "\n".join(agencies() * (100_000 // len(agencies())))
    started = time.process_time()
    credits(text, [text])
    assert time.process_time() - started < 1


def test_ten_thousand_blocks_beside_a_text():
    started = time.process_time()
    credits(STORY, [f"Jane Doe {agency}" for agency in agencies()] * (10_000 // len(agencies())))
    assert time.process_time() - started < 6  # as many bylines


# Pieces that make credits, with white space of all kinds and letters of two to four bytes between them.
pieces = st.sampled_from(
    ["PARIS (AFP) — ", "By Reuters", "\n", "\n\n", "  ", "\u00a0", "é", "𝄞", "(ats/afp)", "© AFP", "新华社北京3月3日电",
     "The Associated Press contributed to this report.", "Con información de EFE y AP", "\t", "REUTER^M", "\r\n",
     "Jane Doe, ", "said", ". ", "\ud800"]
)  # fmt: skip


@given(st.lists(pieces, max_size=40).map("".join), st.lists(st.lists(pieces, max_size=6).map("".join), max_size=3))
def test_evidence_is_what_stands_at_its_place(text, beside):
    for credit in credits(text, beside).credits:
        if credit.start is None:
            assert credit.end is None
            assert any(credit.evidence in " ".join(block.split()) for block in beside)
        else:
            assert " ".join(text[credit.start : credit.end].split()) == credit.evidence
            assert text[credit.start : credit.end].strip() == text[credit.start : credit.end] != ""


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=3), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_is_read(text, beside, metadata):
    found = credits(text, beside, metadata)
    assert {credit.agency for credit in found.credits} | set(found.mentions) <= set(agencies())
    assert len({credit.agency for credit in found.credits}) == len(found.credits)
    assert not {credit.agency for credit in found.credits} & set(found.mentions)


@given(st.lists(pieces, max_size=30).map("".join))
def test_kinds_come_in_their_order(text):
    order = ["dateline", "byline", "notice", "metadata"]
    kinds = [order.index(credit.kind) for credit in credits(text, [], ["dpa"]).credits]
    assert kinds == sorted(kinds)
