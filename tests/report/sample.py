"""A scan that never was: clusters of invented stories, with figures counted from their texts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from dedup.records import (
    Cluster,
    Credit,
    DocumentRow,
    Evidence,
    Furniture,
    Grounds,
    Member,
    Outlet,
    Pair,
    Reading,
    ReportData,
    Summary,
)

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
    data = ReportData(_summary(), [], [], [], [], {})
    for number in range(clusters):
        _story(data, chance, number)
    data.summary.clusters = len(data.clusters)
    data.summary.duplicates = sum(cluster.size - 1 for cluster in data.clusters)
    data.summary.documents = sum(cluster.size for cluster in data.clusters) + (212 if clusters else 0)
    if not clusters:
        data.summary.blocks = {}
    for pair in data.pairs:
        data.summary.pairs[pair.relation] += 1
    data.outlets = _outlets(data)
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
    agency = _AGENCIES[number % len(_AGENCIES)]
    values = {"who": who, "town": town, "did": did, "n": number + 3, "day": "Tuesday"}
    rest = chance.sample(_SENTENCES[1:], 7)
    sentences = [line.format(**values) for line in [_SENTENCES[0], *rest]]
    if agency:
        sentences[0] = f"{town.upper()} ({agency}) — {sentences[0]}"
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
        data.readings[id_] = Reading(id_, text, _furniture(text, title))
        member = _member(data, ids[0], id_, site, published)
        member.delay_hours = delay.total_seconds() / 3600 if published else None
        if copy and not agency and published:
            member.source = ids[0]
            member.source_grounds = Grounds(
                "medium", [Evidence("later", hours=member.delay_hours), Evidence("cut", share=member.containment)]
            )
        members.append(member)
        row = DocumentRow(
            id_,
            f"c{number}",
            copy > 0,
            ids[0] if copy else None,
            member.relation,
            agency if copy % 4 else None,
            {
                "navigation": 14 + number % 9,
                "related": copy % 3 + 1,
                "share": (number * 3 + copy) % 10,
                "consent": (number * 3 + copy) % 4,
                "legal": 1,
                "repeated": number % 3 + 1,
                "byline": 1,
            },
            title=title if copy % 3 or not copy else f"{did.capitalize()}: what it means for {town}",
            url=f"https://{site}/2026/03/{id_}",
            site=site,
            published=published,
        )
        if agency and text.startswith(town.upper()):
            words = f"{town.upper()} ({agency}) —"
            row.credits = [Credit(agency, "dateline", words, 0, len(words))]
        data.documents.append(row)
    data.clusters.append(_cluster(f"c{number}", agency, members))


def _cluster(id_: str, agency: str | None, members: list[Member]) -> Cluster:
    timed = sorted((member for member in members if member.delay_hours is not None), key=lambda m: m.delay_hours)
    sites = list(dict.fromkeys(member.site for member in [*timed, *members]))
    undated = len(members) - len(timed)
    grounds = [Evidence("earlier", hours=timed[1].delay_hours, id=timed[1].id)] if len(timed) > 1 else []
    grounds += [Evidence("undated", count=undated)] if undated else []
    credited = [Evidence("credited", count=len(members) // 2 + 1, text=f"({agency}) —", id=members[0].id)]
    return Cluster(
        id_,
        len(members),
        members[0].id,
        members,
        agency,
        members[0].id,
        members[0].published,
        sites,
        Grounds("high", credited) if agency else None,
        Grounds("low" if undated else "high", grounds) if grounds else None,
        timed[-1].delay_hours if len(timed) > 1 else None,
    )


def _furniture(text: str, title: str) -> list[Furniture]:
    """Make what stood around and within a text."""
    line = text.index("\n") + 1
    return [
        Furniture(0, "navigation", "Home · News · Region · Sport"),
        Furniture(line, "related", f"Read also: {title} – the background"),
        Furniture(len(text), "share", "Share this article"),
        Furniture(len(text), "consent", "We and our partners use cookies.\nAccept all"),
    ]


def _outlets(data: ReportData) -> list[Outlet]:
    found: dict[str, Outlet] = {}
    members = {member.id: member for cluster in data.clusters for member in cluster.members}
    for row in data.documents:
        outlet = found.setdefault(row.site, Outlet(row.site, 0, 0, 0, 0, None, {}, {}))
        outlet.documents += 1
        source = members[row.id].source
        if row.agency:
            outlet.agency += 1
            outlet.agencies[row.agency] = outlet.agencies.get(row.agency, 0) + 1
        elif source:
            outlet.copied += 1
            site = members[source].site
            outlet.copied_from[site] = outlet.copied_from.get(site, 0) + 1
        else:
            outlet.original += 1
        outlet.median_delay_hours = members[row.id].delay_hours or outlet.median_delay_hours
    return sorted(found.values(), key=lambda outlet: (-outlet.documents, outlet.site))


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
    a, b = data.readings[head].text, data.readings[id_].text
    one, other = shingles(a), shingles(b)
    if id_ == head:
        return Member(id_, None, 1.0, 1.0, 1.0, len(one), site, published)
    shared = len(one & other)
    jaccard = shared / len(one | other)
    relation = "exact" if jaccard == 1 else "near" if jaccard >= 0.7 else "excerpt"
    passages = sentences_shared(a, b)
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
    data = ReportData(_summary(), [], [], [], [], {})
    data.summary.documents, data.summary.clusters, data.summary.duplicates = 4, 2, 2
    data.summary.pairs["near"] = 2
    data.summary.parameters["input"] = HOSTILE[0]
    data.outlets = [Outlet(bad, 4, 1, 1, 1, 2.5, {bad: 2}, {bad: 1}) for bad in HOSTILE]
    for number, (bad, url) in enumerate(
        [(HOSTILE[0], "javascript:alert(9)"), (HOSTILE[3], "data:text/html,<script>alert(9)</script>")]
    ):
        ids = [f"{bad} {number}a", f"{HOSTILE[1]} {number}b"]
        text = "🐟 " + "\n".join(HOSTILE)
        for id_ in ids:
            furniture = [Furniture(at, bad, bad) for at, bad in enumerate(HOSTILE)]
            data.readings[id_] = Reading(id_, text, furniture)
        data.pairs.append(Pair(ids[0], ids[1], "near", 0.9, 0.9, 0.9, 20, [(2, len(text), 2, len(text))]))
        evidence = [Evidence("credited", count=2, text=bad, id=ids[0]), Evidence("canonical", count=1, text=url)]
        grounds = Grounds("low", evidence)
        members = [
            Member(ids[0], None, 1, 1, 1, 22, HOSTILE[1], HOSTILE[0], 0.0),
            Member(ids[1], "near", 0.9, 0.9, 0.9, 20, HOSTILE[1], HOSTILE[0], 3.0, HOSTILE[0], grounds),
        ]
        name = f"{HOSTILE[0]}{number}"
        cluster = Cluster(name, 2, ids[0], members, HOSTILE[1], ids[0], HOSTILE[0], [HOSTILE[1]], grounds, grounds, 3.0)
        data.clusters.append(cluster)
        data.documents += [
            DocumentRow(id_, None, False, None, None, HOSTILE[0], {HOSTILE[0]: 2, "share": 3},
                        [Credit(bad, "notice", bad, 0, 9)], [bad], bad, url, HOSTILE[1], HOSTILE[0])
            for id_ in ids
        ]  # fmt: skip
    return data
