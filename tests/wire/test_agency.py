"""Credits are found in their forms; mentions, definitions and picture credits are none."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import wire
from dedup.records import Credit
from dedup.wire import agencies, credits

STORY = "The council met on Tuesday and agreed on a budget.\nIt will be published next week.\n"

DATELINES = [
    ("PARIS (AFP) — Le conseil", "AFP"),
    ("Port-au-Prince, 3 mars 2026 (AFP) - Le conseil", "AFP"),
    ("SAINT-OURS (Haute-Lande) (AFP) — Le conseil", "AFP"),
    ("AFP - Le conseil", "AFP"),
    ("HELSINKI (AP) — The council", "AP"),
    ("The Associated Press — The council", "AP"),
    ("WASHINGTON, Feb 26 (Reuters) - The council", "Reuters"),
    ("GENEVA/OSLO (Reuters) - The council", "Reuters"),
    ("HELSINKI, 16. Juli (dpa) Der Rat", "dpa"),
    ("Frankfurt am Main (dpa/lhe) - Der Rat", "dpa"),
    ("(ats) Le conseil", "Keystone-ATS"),
    ("Bern (sda) Der Rat", "Keystone-ATS"),
    ("Wien (APA) - Der Rat", "APA"),
    ("Madrid, 3 feb (EFE).- El consejo", "EFE"),
    ("MADRID, 3 (EUROPA PRESS)\nEl consejo", "Europa Press"),
    ("ROMA, 3 MAR (ANSA) - Il consiglio", "ANSA"),
    ("Lisboa, 03 mar 2026 (Lusa) – O conselho", "Lusa"),
    ("Warszawa, 3.03.2026 (PAP) - Rada", "PAP"),
    ("Budapest, 2026. március 3., kedd (MTI) - A tanács", "MTI"),
    ("МОСКВА, 3 марта. /ТАСС/. Совет", "TASS"),
    ("МОСКВА, 3 мар - РИА Новости. Совет", "RIA Novosti"),
    ("Москва. 3 марта. INTERFAX.RU - Совет", "Interfax"),
    ("Киев. 3 марта. ИНТЕРФАКС-УКРАИНА - Совет", "Interfax-Ukraine"),
    ("ANKARA (AA) - Konsey", "Anadolu"),
    ("New Delhi, Mar 3 (PTI) The council", "PTI"),
    ("BEIJING, March 3 (Xinhua) -- The council", "Xinhua"),
    ("新华社北京3月3日电（记者某某）会议", "Xinhua"),
    ("据新华社北京3月3日电 会议", "Xinhua"),
    ("中新社北京3月3日电 会议", "China News Service"),
    ("（東京　共同）会議は", "Kyodo"),
    ("【ロンドン共同】会議は", "Kyodo"),
    ("［ワシントン　３日　ロイター］ - 会議は", "Reuters"),
    ("【AFP＝時事】会議は", "AFP"),
    ("(서울=연합뉴스) 회의는", "Yonhap"),
    ("القاهرة (أ ف ب) - اجتمع المجلس", "AFP"),
    ("دبي (رويترز) - اجتمع المجلس", "Reuters"),
]
BYLINES = [
    ("By Reuters", "Reuters"),
    ("Reuters Staff", "Reuters"),
    ("AFP", "AFP"),
    ("Par Le Monde avec AFP", "AFP"),
    ("Par Jeanne Dupont avec AFP le 11 mars 2026 à 12h37", "AFP"),
    ("Par Jeanne Dupont avec AFP – Publié le 9 mars 2026 à 10h38", "AFP"),
    ("Von Hans Meier (mit dpa) | 14. März 2026, 00:15 Uhr", "dpa"),
    ("Associated Press", "AP"),
    ("By JANE DOE Associated Press", "AP"),
    ("The Associated Press | Monday, July 16, 2018, 7:24 a.m.", "AP"),
    ("Mit Material von dpa", "dpa"),
    ("Redacción y agencia EFE", "EFE"),
    ("Door ANP", "ANP"),
    ("Av NTB", "NTB"),
    ("Źródło: PAP", "PAP"),
    ("来源：新华社", "Xinhua"),
]
NOTICES = [
    ("© AFP", "AFP"),
    ("© 2026 AFP", "AFP"),
    ("Copyright 2018 The Associated Press. All rights reserved.", "AP"),
    ("(afp)", "AFP"),
    ("/afp", "AFP"),
    ("REUTER", "Reuters"),
    ("(ats/afp)", "Keystone-ATS"),
    ("(avec AFP)", "AFP"),
    ("Mit Informationen der dpa", "dpa"),
    ("con información de EFE", "EFE"),
    ("Com informações da Lusa", "Lusa"),
    ("(With inputs from PTI)", "PTI"),
    ("With files from The Canadian Press", "Canadian Press"),
    ("Bron: ANP/Reuters", "ANP"),
    ("Källa: TT", "TT"),
    ("По материалам ТАСС", "TASS"),
    ("The Associated Press contributed to this report.", "AP"),
    ("Associated Press writers Jane Doe and John Roe in Oslo contributed to this report.", "AP"),
    ("(Reporting by Jane Doe in Oslo; Editing by John Roe)", "Reuters"),
    ("(Reportage Jeanne Dupont, édité par Jean Roux)", "Reuters"),
    ("Das teilte der Rat mit. (dpa)", "dpa"),
    ("Así lo dijo el consejo. EFE", "EFE"),
]
NO_CREDITS = [
    "Reuters reported that the council had met.",
    "The council met, Reuters reported.",
    "Selon l'AFP, le conseil s'est réuni.",
    "Le conseil s'est réuni, a rapporté l'Agence France-Presse.",
    "Der Rat sagte der Deutschen Presse-Agentur, er sei einig.",
    "The council told The Associated Press that it agreed.",
    "The Press Trust of India (PTI) said the council met.",
    "American Airlines (AA) - the carrier - met the council.",
    "The council met the Palestinian Authority (PA).",
    "A spokesman of the agency (AP) said so.",
    "TT is a race on the Isle of Man",
    "Map: where the council meets",
    "(map) - see below",
    "PA: the governor met the council.",
    "Lukaku (belga) marcó dos goles.",
    "Lusa - terra de navegadores",
    "The company was bought by Reuters",
    "PHILADELPHIA, PA – The council met on Tuesday and agreed on a budget for the year.",
    "Photo: AFP",
    "Foto: dpa",
    "(AP Photo/Jane Doe) -- The council",
    "(Jane Doe/AFP)",
    "John Roe / AP",
    "Getty Images/AFP",
    "法新社的记者在北京电视台",
]


def credit(text, beside=()):
    """The first credit."""
    return next(iter(credits(text, beside).credits), None)


def said(found):
    """What a credit says, wherever it stands."""
    return found and (found.agency, found.kind, found.evidence)


@pytest.mark.parametrize(("line", "agency"), DATELINES)
def test_a_dateline_credits(line, agency):
    found = credit(f"{line} {STORY}")
    assert found is not None
    assert (found.agency, found.kind) == (agency, "dateline")


@pytest.mark.parametrize(("line", "agency"), BYLINES)
def test_a_byline_credits_above_the_text_and_beside_it(line, agency):
    assert said(credit(f"A headline\n{line}\n{STORY}")) == (agency, "byline", line)
    assert credit(STORY, [line]) == Credit(agency, "byline", line)


@pytest.mark.parametrize(("line", "agency"), NOTICES)
def test_a_notice_credits_below_the_text(line, agency):
    found = credit(STORY * 30 + line)
    assert found is not None
    assert found.agency == agency
    assert found.kind in ("notice", "byline")  # (avec AFP): a line of names, wherever it stands
    assert found.evidence.strip("(). ") in line


@pytest.mark.parametrize(("line", "agency"), NOTICES[:3] + NOTICES[16:19])
def test_a_notice_credits_from_a_legal_block(line, agency):
    assert credit(STORY, [f"All the site's own.\n{line}"]).agency == agency


@pytest.mark.parametrize("line", NO_CREDITS)
@pytest.mark.parametrize("place", ["before", "after", "alone"])
def test_mentions_definitions_and_pictures_do_not_credit(line, place):
    text = {"before": f"{line}\n{STORY}", "after": f"{STORY}{line}", "alone": line}[place]
    assert credit(text) is None


# What was labelled a byline may hold a person or a place beside the agency ("John Roe / AP", "AFP - Paris").
@pytest.mark.parametrize("line", [line for line in NO_CREDITS if "/" not in line and " - " not in line])
def test_mentions_beside_the_text_do_not_credit(line):
    assert credit(STORY, [line]) is None


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("Jane Doe, Associated Press", "AP"),
        ("Juana Pérez / EFE · 2 de marzo de 2026, 11:08 h", "EFE"),
        ("Автор: Иван Иванов, РИА Новости", "RIA Novosti"),
        ("記者 山田 花子（共同通信）", "Kyodo"),
    ],
)
def test_a_byline_beside_the_text_may_name_a_person_too(line, agency):
    assert credit(STORY, [line]) == Credit(agency, "byline", line)


def test_a_dateline_goes_before_a_byline_and_a_byline_before_a_notice():
    assert credit(f"By Reuters\nPARIS (AFP) — {STORY}© dpa").agency == "AFP"
    assert credit(f"By Reuters\n{STORY}© dpa").agency == "Reuters"


def test_nothing_is_credited_in_the_middle_of_a_text():
    assert credit(STORY * 60 + "PARIS (AFP) — " + STORY * 60) is None


def test_no_text_credits_nothing():
    assert credit("") is None
    assert credit("\n \n", ["", " "]) is None


TABLE = tomllib.loads((Path(wire.__file__).parent / "agencies.toml").read_text(encoding="utf8"))["agency"]


def test_the_table_is_wide_and_without_contradiction():
    assert len(agencies()) == len(TABLE) >= 60
    for entry in TABLE:
        for name in entry["names"]:
            found = credit(f"PARIS, 3 mars 2026 ({name}) — {STORY}")
            assert found is not None and found.agency == entry["name"], name


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
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_texts_take_no_longer_than_others(text):
    credit("")  # the table is read once
    started = time.perf_counter()
    credit(text, [text])
    assert time.perf_counter() - started < 5


def test_one_line_of_a_hundred_megabytes_takes_no_longer_than_its_ends():
    credit("")
    line = "AFP reported " * 8_000_000
    started = time.process_time()
    assert credit(line) is None
    assert credit(f"PARIS (AFP) - {line}").agency == "AFP"
    assert credit("", [line]) is None
    assert time.process_time() - started < 1  # of which most goes into the copy of the line


def test_names_with_spaces_that_do_not_break():
    found = credit(f"By\u00a0Associated\u00a0Press\n{STORY}")
    assert said(found) == ("AP", "byline", "By Associated Press")


def test_names_in_any_case_but_initials_as_written():
    for name in ("ASSOCIATED PRESS", "associated press", "рейтер", "РЕЙТЕР", "TÉLAM", "agência lusa"):
        assert credit(f"© {name}\n{STORY}") is not None, name
    for initials in ("ap", "Ap", "map", "Afp", "tt"):
        assert credit(f"© {initials}\n{STORY}") is None, initials


PIECES = st.sampled_from(
    [line for line, _ in DATELINES + BYLINES + NOTICES]
    + NO_CREDITS
    + [STORY, "\n", " ", "\u00a0", "🐟", "\ud800", "\t"]
)


@given(
    st.lists(PIECES | st.text(max_size=20), max_size=30).map("".join),
    st.lists(st.text(max_size=80) | PIECES, max_size=3),
    st.lists(st.text(max_size=40) | st.sampled_from(["AFP", "Jane Doe, Reuters", "The Post"]), max_size=3),
)
def test_any_text_is_read_and_the_words_stand_where_it_is_said(text, beside, metadata):
    found = credits(text, beside, metadata)
    names = [one.agency for one in found.credits]
    assert len(names) == len({*names}) and {*names, *found.mentions} <= {*agencies()}
    assert not {*names} & {*found.mentions}
    kinds = [("dateline", "byline", "notice", "metadata").index(one.kind) for one in found.credits]
    assert kinds == sorted(kinds)
    for one in found.credits:
        assert one.evidence == " ".join(one.evidence.split())
        if one.start is not None:
            assert " ".join(text[one.start : one.end].split()) == one.evidence


def test_all_agencies_are_told_the_most_important_first():
    text = f"PARIS (AFP) — {STORY}" + STORY * 20 + "(AFP, Reuters)"
    assert [(one.agency, one.kind) for one in credits(text).credits] == [("AFP", "dateline"), ("Reuters", "notice")]
    both = credits(f"Mit Material von dpa und AFP\n{STORY}").credits
    assert [one.agency for one in both] == ["dpa", "AFP"]


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("Reuters reported that the council had met.", ["Reuters"]),
        ("Selon l'AFP, le conseil s'est réuni.", ["AFP"]),
        ("El consejo se reunió, dijo a EFE su portavoz.", ["EFE"]),
        ("Der Rat sagte der Deutschen Presse-Agentur, er sei einig.", ["dpa"]),
        ("The council told The Associated Press that it agreed.", ["AP"]),
        ("Совет собрался, сообщает ТАСС.", ["TASS"]),
        ("The council met on Tuesday.", []),
    ],
)
def test_who_is_only_heard_is_mentioned(text, mentioned):
    found = credits(f"{text} {STORY}")
    assert (found.credits, found.mentions) == ([], mentioned)


def test_who_is_credited_is_not_mentioned_too():
    found = credits(f"PARIS (AFP) — The council told AFP that it agreed, Reuters reported. {STORY}")
    assert ([one.agency for one in found.credits], found.mentions) == (["AFP"], ["Reuters"])


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (["AFP"], ["AFP"]),
        (["Jane Doe", "The Associated Press"], ["AP"]),
        (["Reuters", "Reuters", "The Post"], ["Reuters"]),
        (["The Post", "Map of the town"], []),
        ([], []),
    ],
)
def test_what_a_page_says_of_its_makers_credits_last(metadata, expected):
    found = credits(STORY, (), metadata).credits
    assert [(one.agency, one.kind, one.start) for one in found] == [(name, "metadata", None) for name in expected]
    first = credits(f"PARIS (dpa) — {STORY}", (), metadata).credits[0]
    assert (first.agency, first.kind) == ("dpa", "dateline")
