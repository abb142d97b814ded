"""Signs and words as `sentences` must know them: the kind of each code point, abbreviations of many languages.

Written from knowledge of the languages, not counted from texts.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

# Kinds of code points. Letters and digits are LOWER to DIGIT, stops are DOT to STRONG; what may stand before the first
# letter of a sentence is CLOSE to CALL (» and ” open in some languages).
OTHER, MARK, SPACE = 0, 1, 2
LOWER, UPPER, CASELESS, HANGUL, UNSPACED, PHRASED, DIGIT = 3, 4, 5, 6, 7, 8, 9
DOT, STOP, STRONG = 10, 11, 12
SHUT, CLOSE, QUOTE, OPEN, BRACKET, DASH, CALL, BULLET, SEPARATOR = 13, 14, 15, 16, 17, 18, 19, 20, 21

_CATEGORIES = {
    "Ll": LOWER, "Lu": UPPER, "Lt": UPPER, "Lo": CASELESS, "Lm": CASELESS, "Mn": MARK, "Mc": MARK, "Me": MARK,
    "Cf": MARK, "Nd": DIGIT, "Nl": DIGIT, "No": DIGIT, "Zs": SPACE, "Zl": SPACE, "Zp": SPACE, "Sc": OPEN, "So": OPEN,
    "Sm": OPEN, "Sk": MARK, "Pd": DASH,
}  # fmt: skip
# Letters of these ranges, whatever their category; Georgian has no capitals in sentences.
_SCRIPTS = (
    (0x10D0, 0x10FF, CASELESS), (0x1100, 0x11FF, HANGUL), (0x3131, 0x318E, HANGUL), (0xAC00, 0xD7A3, HANGUL),
    (0x3005, 0x3007, UNSPACED), (0x3041, 0x309F, UNSPACED), (0x30A1, 0x30FA, UNSPACED), (0x30FC, 0x312F, UNSPACED),
    (0x31F0, 0x31FF, UNSPACED), (0x3400, 0x4DBF, UNSPACED), (0x4E00, 0x9FFF, UNSPACED), (0xF900, 0xFAFF, UNSPACED),
    (0xFF66, 0xFF9F, UNSPACED), (0x0E01, 0x0EDF, PHRASED), (0x1000, 0x109F, PHRASED), (0x1780, 0x17D3, PHRASED),
)  # fmt: skip
# Emoji that announce something; faces, hearts and flags do not.
_CALLS = ((0x1F300, 0x1F3FA), (0x1F400, 0x1F48F), (0x1F4A1, 0x1F5FF), (0x1F680, 0x1F6FF), (0x1F7E0, 0x1F7EB))
_SIGNS = (
    (SPACE, "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"), (DOT, "."), (STOP, "!?…‼⁇⁈⁉\u037e"), (STRONG, "。｡！？؟۔।॥።፧։။។៕།༎᠃"),
    (SHUT, ")]}）］】』」》〉"), (CLOSE, "»›”’"), (QUOTE, "\"'“‘«‹"), (OPEN, "¿¡„‚#@*_"), (BRACKET, "([{（［【『「"),
    (BULLET, "►▶▸▷▹➤➔➜➡⮕❯❱■●▪▫◾◼◆◇★☆✔✓✅☞☛👉⏩‣⁃"), (SEPARATOR, "|¦•·→⇒"), (LOWER, "ºª"),
)  # fmt: skip

NEVER, NUMBERED, MAY_END, STARTER, MONTH, ORDINAL, HOST = 1, 2, 4, 8, 16, 32, 64
"""What is known of a word: no sentence ends after its full stop; none where a number follows; one does where a STARTER
follows. A number and full stop before a MONTH, or after an ORDINAL word, are a date or a rank. HOST ends a host name.
"""
# Words in small letters stand for their capitalised form too.
_WORDS = {
    NEVER: """
        nº mr mrs Ms Messrs mme mmes mm mlle mlles mgr mons dr dra drs pr prof profa Me Rev Hon Gen Col Cnel Cel Lt
        Lieut Sgt Capt Cmdr Maj Adm Sen Rep Reps Sens Gov Pres Supt Det Insp Fr Frl Hr Mt Ft Msgr Amb Atty Dist Dept
        Sra Sras Srta Srs Dña Lic ing Arq Gral Gob Tte Av Avda Excmo Excma Ilmo Exmo Exma núm aprox Pbro Pe dott sig
        avv dipl Nr bzw ca evtl ggf inkl exkl Mio Mrd Tsd sog vgl zzgl allg bes vs dhr mevr mw ir bijv bv eks dvs evt
        ul św płk mjr kpt ks bp abp tzw np godz tys woj pow sp zob im sv nám tř resp mj popř např tzv tj npr gosp MUDr
        JUDr PhDr Mgr Doç Yrd Öğr Gör Sn Cad Sok Mah Alb Org ул пл пер обл ред см св корп просп наб бул проф акад доц
        инж зам нач гл напр пос дер оз вул гр вид κκ δηλ Αγ λεωφ σελ αρ पं प्रो PT Rp Jl Drs Hj Sdr Bpk TP Tp TS PGS
        GS ThS KM RM jud pvz piem esim dl dna nat zgl hl gez ver pl
        """,
    NUMBERED: """
        sept janv févr juil Sept Tues Thur Thurs págs chap cap art Arts plkst godz approx circa figs vols secs Jan Feb
        Mar Apr Jun Jul Aug Oct Nov Dec No Nos telf telef
        """,
    MAY_END: """
        inc ltd co corp bros jr sr plc St Ave Blvd Rd al ex UU Ud Uds Vd Vds Chr гг др пр рр тыс млн млрд Tbk cie tel
        bl Mass Calif Conn Fla Ariz Penn Ill Tenn Wis Mich Minn Ore Okla Ph Md Va Ga Ky Pa им ім av
        """,
    STARTER: """
        The He She It They We But In On A An And This That If When For At As However His Her Their There With After
        Our You I What While Meanwhile Its These Those Also Since Not So By From To Who Why How Read See Click Follow
        Sign Subscribe Le La Les Il Elle Ils Elles Un Une Des Ce Cette Ces Mais Et En Dans Pour Par Selon Au Aux Nous
        Lire Voir Abonnez Partager El Los Las Una Lo Y Pero Por Para Con Según Este Esta Se Al Su Sus No Der Die Das
        Ein Eine Er Sie Es Wir Im Am Auf Mit Aber Und Bei Für Nach Den Dem Auch Doch Gli Uno Ma Per Nel Nella Che È O
        Os Um Uma Mas Na Em Ele Ela Het Een Hij Zij Dat Maar Op В Он Она Они Оно Это По На Но И А Как Также При Для С
        Из За Мы К У Его Так All More Get Share Watch Photo Photos Copyright Related Ο Η Το Οι Τα Στο Στη Στην Στον Με
        Για Από Και Αυτό Ωστόσο W Nie Jak Po Do Ale Det Han Hun Hon Jeg Jag Vi Men Og Och Når När
        """,
    MONTH: """
        Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Jan Feb Aug Sept Okt
        Nov Dez Jahrhundert Jahrhunderts Mal Platz Minute Spieltag Lebensjahr Geburtstag Bundesliga Liga Weltkrieg
        Weltkriegs Etage Klasse Runde Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
        Yüzyıl Dünya
        """,
    ORDINAL: "am im der die das dem den des vom zum zur beim seit ab bis jeden diesen sein seine seinen ihr ihre ihren",
    HOST: "Com Net Org Js Info Biz Tv Io Ру",
}
LONGEST = 12
"""Letters of the longest word above."""
LAST = 0x40000
"""Of code points from here on nothing is known; they have one entry in the table."""
_IDEOGRAPHS = 0x20000  # from here to `LAST` there is nothing else


@cache
def kinds_of_points() -> npt.NDArray[np.uint8]:
    """Return the kind of each code point up to `LAST`, which stands for those above."""
    table = np.full(LAST + 1, UNSPACED, np.uint8)
    table[:_IDEOGRAPHS] = [_CATEGORIES.get(unicodedata.category(chr(point)), OTHER) for point in range(_IDEOGRAPHS)]
    for first, last, kind in _SCRIPTS:
        part = table[first : last + 1]
        part[(part >= LOWER) & (part < DIGIT)] = kind
    for first, last in _CALLS:
        table[first : last + 1] = CALL
    for kind, signs in _SIGNS:
        table[[ord(sign) for sign in signs]] = kind
    table[LAST] = MARK
    return table


@cache
def known_words() -> dict[str, int]:
    """Return what is known of each word of the lists."""
    words: dict[str, int] = {}
    for flag, text in _WORDS.items():
        for word in text.split():
            for form in {word, word[0].upper() + word[1:]}:
                words[form] = words.get(form, 0) | flag
    return words
