"""A scan that never was: clusters of invented stories, with figures counted from their texts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from dedup.records import Cluster, DocumentRow, Member, Pair, ReportData, Summary

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "javascript:alert(3)",
    "evil \u202etxt.exe\u202c & <b>bold</b> {{ 7 * 7 }} <!--",
    "line\u2028separator\u2029 and \x00 null, lone \ud800 surrogate, 𝔞𝔰𝔱𝔯𝔞𝔩 🐟",
)
"""Texts that try to be more than text."""

_TOWNS = [
    "Lindhafen",
    "Port-Ravel",
    "Sankt Ulmen",
    "Ostermouth",
    "Villanera",
    "Kaarikoski",
    "Brodnica Mala",
    "São Vicente do Vale",
]
_WHO = [
    "The harbour council",
    "A regional court",
    "The teachers' union",
    "Rescue services",
    "The health board",
    "A group of growers",
]
_DID = [
    "approved the ferry budget",
    "put off the tram extension",
    "confirmed the strike",
    "reopened the coast road",
    "published the water figures",
]
_SENTENCES = [
    "{who} in {town} {did} on {day}, ending weeks of talks that had divided the town.",
    "The vote came after {n} speakers had asked for more time to read the report.",
    "Officials said the first {n} million crowns would be paid before the summer.",
    "Residents of {town} gathered outside the hall and waited for the result in the rain.",
    "“We have heard every argument twice,” the chair said, “and it is time to begin.”",
    "Opponents announced that they would take the matter to the administrative court.",
    "A study from last year put the number of people concerned at about {n} thousand.",
    "Work is to start in the autumn and should take no longer than {n} months.",
    "Neighbouring towns had followed the debate closely and may now do the same.",
    "The mayor of {town} was not present, and her office did not answer questions.",
]
_SITES = [
    "abendblatt.example",
    "courrier-du-port.example",
    "daily-ledger.example",
    "el-faro.example",
    "gazeta.example",
    "het-nieuws.example",
    "ilmattino.example",
    "morning-post.example",
    "tagespost.example",
    "voix-du-nord.example",
]
_AGENCIES = ["AFP", "Reuters", "dpa", "AP", "EFE", None, None]


def shingles(text: str) -> set[tuple[str, ...]]:
    """Runs of five words, the slow way."""
    words = text.lower().split()
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def newsroom(clusters: int = 30, seed: int = 7) -> ReportData:
    """Make a scan with so many clusters."""
    chance = random.Random(seed)
    data = ReportData(_summary(), [], [], [], {}, {}, {}, {})
    for number in range(clusters):
        _story(data, chance, number)
    data.summary.clusters = len(data.clusters)
    data.summary.duplicates = sum(cluster.size - 1 for cluster in data.clusters)
    data.summary.documents = sum(cluster.size for cluster in data.clusters) + (212 if clusters else 0)
    if not clusters:
        data.summary.blocks = {}
    for pair in data.pairs:
        data.summary.pairs[pair.relation] += 1
    return data


def _summary() -> Summary:
    return Summary(
        documents=0,
        bad_records=0,
        duplicates=0,
        clusters=0,
        pairs={"exact": 0, "near": 0, "excerpt": 0, "passage": 0},
        blocks={
            "body": 6210,
            "headline": 402,
            "navigation": 4120,
            "related": 1203,
            "share": 640,
            "consent": 402,
            "signup": 377,
            "comments": 288,
            "legal": 391,
            "tags": 150,
            "advert": 61,
        },
        agencies={"AFP": 40, "Reuters": 31},
        parameters={"min_jaccard": 0.7, "min_containment": 0.5, "min_shared": 15, "clean": True},
        versions={"dedup": "0.1.0", "python": "3.11.7"},
        seconds={"read": 0.41, "clean": 3.2, "sketch": 0.9, "match": 1.4, "cluster": 0.1, "report": 0.2},
        peak_memory_mb=318.2,
    )


def _story(data: ReportData, chance: random.Random, number: int) -> None:
    town, who, did = chance.choice(_TOWNS), chance.choice(_WHO), chance.choice(_DID)
    values = {"who": who, "town": town, "did": did, "n": number + 3, "day": "Tuesday"}
    rest = chance.sample(_SENTENCES[1:], 7)
    sentences = [line.format(**values) for line in [_SENTENCES[0], *rest]]
    agency = _AGENCIES[number % len(_AGENCIES)]
    size = max(2, min(24, int(chance.paretovariate(1.1)) + 1))
    start = datetime(2026, 3, 2) + timedelta(minutes=37 * number * 11)
    title = f"{town}: {who[0].lower() + who[1:]} {did}"
    ids = [f"s{number:02}-{copy:02}" for copy in range(size)]
    members = []
    for copy, id_ in enumerate(ids):
        text = _copy(sentences, chance, copy)
        delay = timedelta(minutes=int(chance.expovariate(1 / 400))) if copy else timedelta()
        published = (start + delay).isoformat() + "Z" if chance.random() < 0.9 or not copy else None
        site = _SITES[(number * 3 + copy) % len(_SITES)]
        data.texts[id_], data.sites[id_] = text, site
        data.titles[id_] = title if copy % 3 else f"{did.capitalize()}: what it means for {town}" if copy else title
        data.urls[id_] = f"https://{site}/2026/03/{id_}"
        members.append(_member(data, ids[0], id_, site, published))
        data.documents.append(
            DocumentRow(
                id_,
                f"c{number}",
                copy > 0,
                ids[0] if copy else None,
                members[-1].relation,
                agency if copy % 4 else None,
                {"navigation": 14 + number, "related": copy % 3 + 1, "repeated": number % 3 + 1, "byline": 1},
            )
        )
    sites = list(dict.fromkeys(member.site for member in sorted(members, key=lambda m: m.published or "9")))
    data.clusters.append(Cluster(f"c{number}", size, ids[0], members, agency, ids[0], members[0].published, sites))


def _copy(sentences: list[str], chance: random.Random, copy: int) -> str:
    if copy == 0:
        return "\n".join(sentences)
    own = [
        "Our reporter adds that shops nearby stayed closed all day long.",
        "This newspaper first wrote about the plan two years ago.",
    ]
    kept = sentences[: chance.choice([8, 8, 7, 5, 4])]
    if copy % 3 == 0:
        kept.insert(2, own[0])
    if copy % 4 == 0:
        kept = [own[1], *kept[1:]]
    return " ".join(kept[:2]) + "\n" + "\n".join(kept[2:])


def _member(data: ReportData, head: str, id_: str, site: str, published: str | None) -> Member:
    if id_ == head:
        return Member(id_, None, 1.0, 1.0, 1.0, len(shingles(data.texts[id_])), site, published)
    one, other = shingles(data.texts[head]), shingles(data.texts[id_])
    shared = len(one & other)
    jaccard = shared / len(one | other)
    relation = "exact" if jaccard == 1 else "near" if jaccard >= 0.7 else "excerpt"
    passages = sentences_shared(data.texts[head], data.texts[id_])
    data.pairs.append(Pair(head, id_, relation, jaccard, shared / len(one), shared / len(other), shared, passages))
    return Member(id_, relation, jaccard, shared / len(other), shared / len(one), shared, site, published)


def sentences_shared(a: str, b: str) -> list[tuple[int, int, int, int]]:
    """Spans of the lines of `a` that stand in `b`; lines that follow one another in both are one passage."""
    spans: list[tuple[int, int, int, int]] = []
    at = 0
    for line in a.split("\n"):
        found = b.find(line)
        if found >= 0:
            if spans and at - spans[-1][1] == 1 and found - spans[-1][3] == 1:
                first = spans.pop()
                spans.append((first[0], at + len(line), first[2], found + len(line)))
            else:
                spans.append((at, at + len(line), found, found + len(line)))
        at += len(line) + 1
    return spans


def hostile() -> ReportData:
    """Make a scan in which every field from outside is hostile."""
    data = ReportData(_summary(), [], [], [], {}, {}, {}, {})
    data.summary.documents, data.summary.clusters, data.summary.duplicates = 4, 2, 2
    data.summary.pairs["near"] = 2
    data.summary.parameters["input"] = HOSTILE[0]
    for number, (bad, url) in enumerate(
        [(HOSTILE[0], "javascript:alert(9)"), (HOSTILE[3], "data:text/html,<script>alert(9)</script>")]
    ):
        ids = [f"{bad} {number}a", f"{HOSTILE[1]} {number}b"]
        for id_ in ids:
            data.texts[id_] = "🐟 " + "\n".join(HOSTILE)
            data.titles[id_], data.urls[id_], data.sites[id_] = bad, url, HOSTILE[1]
        length = len(data.texts[ids[0]])
        data.pairs.append(Pair(ids[0], ids[1], "near", 0.9, 0.9, 0.9, 20, [(2, length, 2, length)]))
        members = [
            Member(ids[0], None, 1, 1, 1, 22, HOSTILE[1], HOSTILE[0]),
            Member(ids[1], "near", 0.9, 0.9, 0.9, 20, HOSTILE[1], HOSTILE[0]),
        ]
        data.clusters.append(
            Cluster(f"{HOSTILE[0]}{number}", 2, ids[0], members, HOSTILE[1], ids[0], HOSTILE[0], [HOSTILE[1]])
        )
        data.documents += [DocumentRow(id_, None, False, None, None, HOSTILE[0], {}) for id_ in ids]
    return data
