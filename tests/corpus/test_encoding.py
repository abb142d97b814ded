import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.corpus.encoding import decode, is_binary

FRENCH = "Déjà l’été à Besançon : « où êtes-vous ? » – œuvre"
RUSSIAN = "Президент подписал указ о создании новой комиссии по вопросам экономики и торговли в регионе. " * 5


def nothing(_data):
    return ()


def page(charset, text, codec=None):
    return f'<html><head><meta charset="{charset}"></head><body>{text}</body></html>'.encode(codec or charset)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_wins(codec):
    html = '<meta charset="windows-1251">' + FRENCH
    assert decode(html.encode(codec), http="koi8-r", detect=nothing) == html


def test_http_header_wins_over_meta():
    assert RUSSIAN in decode(page("windows-1252", RUSSIAN, "cp1251"), http="windows-1251", detect=nothing)


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "iso-8859-5"])
def test_meta_charset(charset):
    assert RUSSIAN in decode(page(charset, RUSSIAN), detect=nothing)


@pytest.mark.parametrize(
    "head",
    [
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        "<META CHARSET = 'windows-1251' />",
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_ways_to_declare(head):
    assert RUSSIAN in decode((head + RUSSIAN).encode("cp1251"), detect=nothing)


@pytest.mark.parametrize("label", ["iso-8859-1", "latin1", "us-ascii"])
def test_latin_1_means_windows_1252(label):
    assert FRENCH in decode(page(label, FRENCH, "cp1252"), detect=nothing)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "据新华社报道，朱镕基昨日表示"),
        ("shift_jis", "cp932", "①東京は晴れ"),
        ("euc-kr", "cp949", "똠방각하"),
        ("iso-2022-jp", "iso2022_jp", "東京は晴れ"),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label, codec, text):
    assert text in decode(page(label, text, codec), detect=nothing)


@pytest.mark.parametrize("wrong", ["iso-8859-1", "windows-1251", "gbk", "shift_jis", "utf-16", "hex", "utf-7", "nope"])
def test_wrong_declaration_of_utf8_is_passed_over(wrong):
    assert FRENCH in decode(page(wrong, FRENCH, "utf-8"), detect=nothing)


def test_wrong_declaration_goes_to_the_next():
    data = page("utf-8", RUSSIAN, "cp1251")
    assert RUSSIAN in decode(data, detect=lambda _: ["no-such-charset", "windows-1251"])
    assert RUSSIAN in decode(data, http="windows-1251", detect=nothing)


def test_detector_decides_last_and_only_then():
    asked = []

    def detect(data):
        asked.append(data)
        return ["koi8-r"]

    assert decode(RUSSIAN.encode("koi8-r"), detect=detect) == RUSSIAN
    assert decode(RUSSIAN.encode(), detect=detect) == RUSSIAN
    assert len(asked) == 1


def test_mixed_encodings_keep_what_is_utf8():
    data = (FRENCH * 10).encode() + "é".encode("cp1252") + b" fin"
    assert decode(data, detect=nothing) == FRENCH * 10 + "\ufffd fin"


def test_mostly_broken_utf8_is_not_utf8():
    assert decode("été à Besançon".encode("cp1252"), detect=nothing) == "été à Besançon"


def test_undecodable_bytes_at_the_end_are_replaced():
    assert decode(b"caf\xe9 \x81", detect=nothing) == "café \ufffd"


def test_mojibake_is_left_alone():
    mojibake = "DÃ©jÃ\xa0 l'Ã©tÃ©"
    assert decode(mojibake.encode()) == mojibake


def test_plain_text_declares_nothing():
    assert decode(page("koi8-r", RUSSIAN, "cp1251"), markup=False, detect=lambda _: ["cp1251"]).count(RUSSIAN) == 1


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\0\0", b"%PDF-1.7\n%\xe2", b"GIF89a\x01\x00", b"\xff\xd8\xff\xe0", b"<p>\0</p>", b"PK\x03\x04"],
)
def test_binary(data):
    assert is_binary(data)


@pytest.mark.parametrize(
    "data", [b"", b"<p>", FRENCH.encode("utf-16"), RUSSIAN.encode("cp1251"), b"\x1b$B", b"\t\r\n\f"]
)
def test_text(data):
    assert not is_binary(data)


@pytest.mark.parametrize(
    "unit", [b"<meta ", b"<meta charset=", b"<?xml encoding ", b"\xff", b"\xc3\xa9\xff", b"charset=a "]
)
def test_hostile_bytes_are_fast(unit):
    start = time.perf_counter()
    decode(unit * 50_000)
    assert time.perf_counter() - start < 10


@given(st.binary(max_size=300), st.none() | st.text(max_size=20), st.booleans())
def test_anything_becomes_a_string(data, http, markup):
    decode(data, http=http, markup=markup).encode()


@given(st.sampled_from(["", "<meta charset="]), st.text("abcdefghijklmnopqrstuvwxyz_-0123456789", max_size=16))
def test_any_declaration_is_survived(head, label):
    decode(f"{head}{label}>é".encode(), http=label, detect=nothing).encode()


@given(st.text(min_size=1).filter(lambda text: text[0] not in "\ufeff\ufffe"))
def test_utf8_comes_back(text):
    assert decode(text.encode(), detect=nothing) == text


DETECTED = [
    (
        "shift_jis",
        "昨日、市の図書館で新しい児童室が開かれました。開館式には近くの小学校の子どもたちが集まり、館長が絵本"
        "を読み聞かせました。図書館は来月から日曜日も夜八時まで開く予定で、職員は十二人増えるということです。"
        "利用者の一人は「仕事の帰りに寄れるのでうれしい」と話していました。",
    ),
    (
        "windows-1251",
        "Вчера в городской библиотеке открылся новый детский зал. На открытие пришли ученики соседних школ, и"
        " директор прочитал им сказку. Со следующего месяца библиотека будет работать по воскресеньям до "
        "восьми часов вечера, а число сотрудников вырастет на двенадцать человек.",
    ),
    (
        "iso-8859-2",
        "Wczoraj w bibliotece miejskiej otwarto nową czytelnię dla dzieci. Na uroczystość przyszli uczniowie "
        "okolicznych szkół, którym dyrektor przeczytał bajkę. Od przyszłego miesiąca biblioteka będzie czynna"
        " także w niedziele do godziny ósmej wieczorem, a załoga powiększy się o dwanaście osób. Jedna z "
        "czytelniczek powiedziała, że cieszy się, bo może tu zajść, gdy wraca z pracy.",
    ),
    (
        "big5",
        "昨天市立圖書館的新兒童閱覽室正式開放，附近小學的學生都來參加開幕典禮，館長為孩子們朗讀了一本圖畫書。"
        "從下個月開始，圖書館星期天也會開放到晚上八點，並且增加十二名工作人員。一位讀者表示，下班以後可以順路"
        "過來看書，覺得非常高興。",
    ),
    (
        "windows-1252",
        "Ayer abrió en la biblioteca municipal una nueva sala para niños. A la inauguración acudieron los "
        "alumnos de las escuelas vecinas, y el director les leyó un cuento. Desde el próximo mes abrirá "
        "también los domingos.",
    ),
]


@pytest.mark.parametrize(("charset", "text"), DETECTED, ids=[charset for charset, _ in DETECTED])
@pytest.mark.parametrize("times", [1, 500])
def test_what_nobody_declared_is_detected(charset, text, times):
    words = "\n".join([text] * times)
    html = f'<html><body><div class="menu"><a href="/a/b">x</a></div><p>{words}</p><p>Copyright</p></body></html>'
    assert decode(html.encode(charset)) == html
    assert decode(words.encode(charset), markup=False) == words


def test_detector_does_not_depend_on_what_else_is_installed(monkeypatch):
    monkeypatch.setattr("bs4.dammit.chardet_module", None)
    charset, text = DETECTED[0]
    assert decode(text.encode(charset)) == text


def test_late_declaration_is_found():
    head = f"<head>{'<!-- padding -->' * 100}<meta charset='koi8-r'></head>"
    assert decode((head + RUSSIAN).encode("koi8-r")) == head + RUSSIAN
