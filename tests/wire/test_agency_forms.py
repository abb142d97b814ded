"""Credits are found in their forms, in many languages; mentions, definitions and picture credits are none."""

import pytest

from dedup.records import Credit
from dedup.wire import agencies, credits, names

STORY = "The council met on Tuesday and agreed on a budget.\nIt will be published next week.\n"


def first(text: str, beside: tuple[str, ...] = ()) -> Credit | None:
    return next(iter(credits(text, beside).credits), None)


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
    ("ROMA, 3 mar. (Adnkronos) - Il consiglio", "Adnkronos"),
    ("(AGI) - Roma, 3 mar. - Il consiglio", "AGI"),
    ("Brüssel (Belga) – Der Rat", "Belga"),
    ("Jakarta (ANTARA) - Dewan", "Antara"),
    ("KUALA LUMPUR, 3 Mac (Bernama) -- Majlis", "Bernama"),
    ("Hà Nội (TTXVN) - Hội đồng", "VNA"),
    ("București, 3 mar /Agerpres/ - Consiliul", "Agerpres"),
    ("София, 3 март (БТА) - Съветът", "BTA"),
    ("БЕОГРАД, 3. марта (Танјуг) - Савет", "Tanjug"),
    ("Praha 3. března (ČTK) - Rada", "ČTK"),
    ("Vilnius, kovo 3 d. (ELTA). Taryba", "ELTA"),
    ("ЕРЕВАН, 3 марта. /АРМЕНПРЕСС/. Совет", "Armenpress"),
    ("Киев, 3 марта (Укринформ) – Совет", "Ukrinform"),
    ("نئی دہلی (اے پی پی) - کونسل", "APP"),
    ("नई दिल्ली, 3 मार्च (भाषा) परिषद", "PTI"),
    ("الرياض 3 مارس (واس) - اجتمع المجلس", "SPA"),
    ("أبوظبي في 3 مارس / وام / اجتمع المجلس", "WAM"),
    ("تهران (ایرنا) - شورا", "IRNA"),
    ("[서울=뉴시스] 회의는", "Newsis"),
    ("（中央社記者某某台北3日電）會議", "Central News Agency"),
    ("法新社巴黎3日電 會議", "AFP"),
    ("综合新华社北京3月3日电 会议", "Xinhua"),
    ("March 3 (Bloomberg) -- The council", "Bloomberg"),
    ("CARACAS, 3 Mar. (AVN).- El consejo", "AVN"),
    ("Ciudad de México, 3 mar (Prensa Latina) El consejo", "Prensa Latina"),
    ("Rabat, 3 mars (MAP) - Le conseil", "MAP"),
    ("By Jane Doe and John Roe LONDON (Reuters) - The council", "Reuters"),
    ("NEW YORK, May 30 (Reuters Health) - The council", "Reuters"),
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
    ("By JANE DOE, AP Diplomatic Writer | on", "AP"),
    ("By JANE DOE AP National Security Writer", "AP"),
    ("Jane Doe and John Roe, Associated Press", "AP"),
    ("JANE DOE, JOHN ROE and RICHARD MILES / AP", "AP"),
    ("Jane Doe, Associated Press Published 9:21 a.m. ET March 3, 2026", "AP"),
    ("Posted 3:57 pm, March 3, 2026, by Associated Press", "AP"),
    ("Associated Press Monday, March 3, 2026", "AP"),
    ("The Associated Press | Monday, March 3, 2026, 7:24 a.m.", "AP"),
    ("By JANE DOE                              JOHN ROE Associated Press", "AP"),
    ("Kaynak: AA", "Anadolu"),
    ("Πηγή: ΑΠΕ-ΜΠΕ", "ANA-MPA"),
    ("Источник: Интерфакс", "Interfax"),
    ("المصدر: رويترز", "Reuters"),
    ("出典：共同通信", "Kyodo"),
    ("Theo TTXVN", "VNA"),
    ("Sumber: ANTARA", "Antara"),
    ("Zdroj: ČTK", "ČTK"),
    ("Forrás: MTI", "MTI"),
    ("Lähde: STT", "STT"),
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
    ("REUTER^M", "Reuters"),
    ("-AFP-", "AFP"),
    ("/ritzau/", "Ritzau"),
    ("Uppgifter från fem länder, säger hon. (TT)", "TT"),
    ("kle/se (dpa, afp)", "dpa"),
    ("© dpa-infocom, dpa:260303-99-12345/3", "dpa"),
    ("Reuters’ Jane Doe in Oslo contributed to this report.", "Reuters"),
    ("Jane Doe in Oslo and The Associated Press’s John Roe contributed.", "AP"),
    ("This report includes material from Agence France-Presse.", "AFP"),
    ("Ce texte contient des informations de l'Agence France-Presse", "AFP"),
    ("Jane Doe is an Associated Press writer.", "AP"),
    ("The-CNN-Wire ™ & © 2026 Some Company", "CNN Newsource"),
    ("(Writing by Jane Doe; Editing by John Roe)", "Reuters"),
    ("Rada uzgodniła budżet. (PAP)", "PAP"),
    ("Kilde: NTB", "NTB"),
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
    "The agency Kyodo said the council had met.",
    "Le conseil est uni, selon des informations de presse recueillies par Reuters",
    "El consejo se reunió, informa EFE.",
    "Han informado a Europa Press fuentes del consejo.",
    "O conselho reuniu-se, disse à Lusa o presidente.",
    "Il consiglio si è riunito, scrive l'Ansa.",
    "По данным Интерфакса, совет собрался.",
    "Как сообщает ТАСС, совет собрался.",
    "共同声明が発表された。",
    "路透社报道说会议已经结束。",
    "로이터는 회의가 끝났다고 보도했다.",
    "وقالت رويترز إن المجلس اجتمع.",
    "Konseyin toplandığını Anadolu Ajansı bildirdi.",
    "PAP podała, że rada zebrała się w piątek.",
    "Så skriver Reuters om mötet i rådet",
    "Reuters: the council met on Tuesday",
    "Reuters. The council met on Tuesday and agreed.",
    "Jane Doe (AP)",
    "Jane Doe / AP",
    "Jane Doe | AP | Some Archive",
    "AP/File 2017",
    "Reuters / Lehtikuva",
    "Credit: Associated Press",
    "It agreed on the budget. (March 3) AP",
    "TAP",
    "APP",
    "MAP",
    "The Michael Bloomberg story",
    "By Michael Bloomberg",
    "Anadolu Efes won the cup.",
    "A spokesman for Reuters contributed to the charity.",
    "Harrisburg, PA",
    "She works for the AP in Oslo",
    "Jane Doe is a former Associated Press writer",
]


@pytest.mark.parametrize(("line", "agency"), DATELINES)
def test_a_dateline_credits(line, agency):
    found = first(f"{line} {STORY}")
    assert found is not None
    assert (found.agency, found.kind) == (agency, "dateline")


@pytest.mark.parametrize(("line", "agency"), DATELINES)
def test_a_dateline_credits_below_furniture(line, agency):
    found = first(f"A headline\nShare this\n{line} {STORY}")
    assert found is not None
    assert (found.agency, found.kind) == (agency, "dateline")


@pytest.mark.parametrize(("line", "agency"), BYLINES)
def test_a_byline_credits_above_the_text(line, agency):
    text = f"A headline\n{line}\n{STORY}"
    assert first(text) == Credit(agency, "byline", " ".join(line.split()), 11, 11 + len(line))


@pytest.mark.parametrize(("line", "agency"), BYLINES)
def test_a_byline_credits_beside_the_text(line, agency):
    assert first(STORY, (line,)) == Credit(agency, "byline", " ".join(line.split()))


@pytest.mark.parametrize(("line", "agency"), NOTICES)
def test_a_notice_credits_below_the_text(line, agency):
    found = first(STORY * 30 + line)
    assert found is not None
    assert (found.agency, found.kind) == (agency, "notice")
    assert found.evidence.strip("(). ") in line


@pytest.mark.parametrize(("line", "agency"), [row for row in NOTICES if "©" in row[0] or "contributed" in row[0]])
def test_a_notice_credits_from_a_legal_block(line, agency):
    found = first(STORY, (f"All the site's own.\n{line}",))
    assert found is not None
    assert (found.agency, found.kind, found.start, found.end) == (agency, "notice", None, None)


@pytest.mark.parametrize("line", NO_CREDITS)
@pytest.mark.parametrize("place", ["before", "after", "alone", "below a headline"])
def test_mentions_definitions_and_pictures_do_not_credit(line, place):
    text = {
        "before": f"{line}\n{STORY}",
        "after": f"{STORY}{line}",
        "alone": line,
        "below a headline": f"Some headline\n{line}\n{STORY}",
    }[place]
    assert credits(text).credits == []


# What was labelled a byline may hold a person or a place beside the agency ("John Roe / AP", "AFP - Paris").
IN_BYLINES = [line for line in NO_CREDITS if not any(sign in line for sign in ("/", " - ", "(AP)", ". (", "|"))]


@pytest.mark.parametrize("line", IN_BYLINES)
def test_mentions_beside_the_text_do_not_credit(line):
    assert credits(STORY, [line]).credits == []


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
    assert first(STORY, (line,)) == Credit(agency, "byline", line)


def test_a_person_and_an_agency_are_a_byline_where_they_open_the_text():
    line = "Jane Doe, Associated Press"
    caption = "A member of the council speaks on Tuesday."
    assert credits(f"A headline\n{line}\n{STORY}").credits[0].agency == "AP"
    assert credits(f"A headline\n{caption}\n{line}\n{STORY}").credits == []


def test_initials_below_a_caption_sign_the_picture_unless_a_date_follows():
    caption = "A headline\nA member of the council speaks on Tuesday.\nAP\n"
    assert credits(f"{caption}{STORY}").credits == []
    assert credits(f"{caption}March 3, 2026\n{STORY}").credits[0].agency == "AP"


def test_a_line_that_goes_on_with_a_sentence_is_no_byline():
    text = "A headline\nThe president of the council told the reporters of the\nAssociated Press.\nThen he left.\n"
    assert credits(text).credits == []


def test_nothing_but_a_stated_notice_is_credited_in_the_middle_of_a_text():
    assert credits(STORY * 45 + "PARIS (AFP) — " + STORY * 45).credits == []
    assert credits(STORY * 45 + "(AFP)\n" + STORY * 45).credits == []
    said = "The Associated Press contributed to this report.\n"
    assert [credit.agency for credit in credits(STORY * 5 + said + STORY * 40).credits] == ["AP"]


def test_the_table_is_wide_and_without_contradiction():
    assert len(agencies()) >= 100
    assert len(set(agencies())) == len(agencies())


def test_every_name_of_the_table_is_its_agency():
    for entry in names._data()["agency"]:
        for name in (*entry.get("names", ()), *entry.get("exact", ()), *entry.get("homonyms", ())):
            found = first(f"{STORY}© {name}")
            assert found is not None and found.agency == entry["name"], name


def test_names_in_any_case_but_initials_as_written():
    for name in ("ASSOCIATED PRESS", "associated press", "рейтер", "РЕЙТЕР", "TÉLAM", "agência lusa"):
        assert first(f"© {name}\n{STORY}") is not None, name
    for initials in ("ap", "Ap", "map", "Afp", "tt"):
        assert first(f"© {initials}\n{STORY}") is None, initials


def test_names_with_spaces_that_do_not_break():
    found = first(f"By\u00a0Associated\u00a0Press\n{STORY}")
    assert found == Credit("AP", "byline", "By Associated Press", 0, 19)
