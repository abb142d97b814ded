"""A small scan that never was, as its records: two stories, an agency's and a paper's own, and what is unknown."""

from pathlib import Path

import msgspec

from dedup import corpus
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
from tests.report.sample import HOSTILE

STORY = "The lighthouse of Skarn was sold on Monday to a club of rowers, who will pay for it in ten yearly parts."
AFP = Credit("AFP", "dateline", "SKARN (AFP) —", 0, 13)


def summary(**changes) -> Summary:
    made = Summary(
        documents=8,
        bad_records=1,
        duplicates=4,
        clusters=2,
        pairs={"exact": 0, "near": 1, "excerpt": 0, "passage": 0},
        blocks={"body": 30, "share": 4},
        agencies={"AFP": 3, "dpa": 1},
        parameters={"clean": True},
        versions={"dedup": "0.1.0"},
        seconds={"match": 0.1},
        peak_memory_mb=100.0,
    )
    return msgspec.structs.replace(made, **changes)


def member(id, site=None, published=None, delay=None, source=None, relation="near", figure=0.9) -> Member:
    grounds = Grounds("medium", [Evidence("earlier", hours=delay)]) if source else None
    return Member(id, relation, figure, figure, figure, 18, site, published, delay, source, grounds)


def row(id, cluster, head=None, agency=None, credits=(), title=None, site=None) -> DocumentRow:
    url = f"https://{site}/{id}" if site else None
    stripped = {"share": 1}
    return DocumentRow(
        id,
        cluster,
        head is not None,
        head,
        "near" if head else None,
        agency,
        stripped,
        list(credits),
        [],
        title,
        url,
        site,
    )


def scan() -> ReportData:
    """Make the records of the scan."""
    own = Cluster(
        "c1",
        3,
        "n1",
        [
            member("n1", "kurier.example", "2026-03-02T08:00:00+00:00", 0.0, relation=None, figure=1.0),
            member("n2", "bote.example", "2026-03-02T09:30:00+00:00", 1.5, "n1"),
            member("n3", "echo.example", None, None, "n1", "excerpt", 0.5),
        ],
        None,
        "n1",
        "2026-03-02T08:00:00+00:00",
        ["kurier.example", "bote.example", "echo.example"],
        None,
        Grounds("high", [Evidence("earlier", hours=1.5)]),
        1.5,
    )
    wire = Cluster(
        "c2",
        3,
        "w1",
        [
            member("w1", "bote.example", "2026-03-03", relation=None, figure=1.0),
            member("w2", "kurier.example", "2026-03-03T10:00:00+00:00", 2.0, relation="exact", figure=1.0),
            member("w3", None, None, None),
        ],
        "AFP",
        None,
        "2026-03-03",
        ["bote.example", "kurier.example"],
        Grounds("high", [Evidence("credited", count=2)]),
    )
    return ReportData(
        summary(),
        [own, wire],
        [Pair("n1", "n2", "near", 0.9, 0.9, 0.9, 18, [(0, 104, 0, 104)])],
        [
            row("n1", "c1", title="Rowers buy a lighthouse", site="kurier.example"),
            row("n2", "c1", "n1", title="Lighthouse, sold: “for ten years”", site="bote.example"),
            row("n3", "c1", "n1", site="echo.example"),
            row("w1", "c2", agency="AFP", credits=[AFP], title="Storm closes\nthe strait", site="bote.example"),
            row("w2", "c2", "w1", "AFP", [AFP, Credit("dpa", "notice", "mit dpa"), AFP], "Storm closes the strait"),
            row("w3", "c2", "w1"),
            row("x1", None, agency="AFP", credits=[AFP]),
            row("x2", None, title="Nothing like it"),
        ],
        [
            Outlet("bote.example", 3, 1, 1, 1, 1.5, {"AFP": 1}, {"kurier.example": 1}),
            Outlet("kurier.example", 2, 1, 1, 0, 2.0, {"AFP": 1}, {}),
            Outlet("echo.example", 1, 0, 0, 1, None, {}, {"kurier.example": 1}),
        ],
        {id: Reading(id, STORY, [Furniture(0, "share", "Share this")]) for id in ("n1", "n2")},
    )


def empty() -> ReportData:
    """Make a scan of no documents."""
    none = dict.fromkeys(("exact", "near", "excerpt", "passage"), 0)
    counts = {"documents": 0, "bad_records": 0, "duplicates": 0, "clusters": 0, "pairs": none}
    return ReportData(summary(**counts, blocks={}, agencies={}), [], [], [], [], {})


def hostile(names=HOSTILE) -> ReportData:
    """Make a scan in which every field from outside is one of the names."""
    data = ReportData(summary(agencies=dict.fromkeys(names, 1)), [], [], [], [], {})
    for number, name in enumerate(names):
        ids = [f"{name}{number}{copy}" for copy in "abc"]
        members = [
            member(ids[0], name, name, 0.0, relation=None),
            member(ids[1], f"{name} other", name, 1.0, ids[0]),
            member(ids[2], f"{name} other", name, None, ids[0]),
        ]
        data.clusters.append(Cluster(name + str(number), 3, ids[0], members, None, ids[0], name, [name]))
        data.documents += [row(ids[0], name, None, name, [Credit(name, "notice", name)], name, name)]
        data.documents += [row(id, name, ids[0], None, [], name, name) for id in ids[1:]]
        data.outlets.append(Outlet(name, 1, 0, 0, 1, None, {name: 1}, {name: 1}))
    return data


def write_folder(data: ReportData, folder: Path) -> Path:
    """Write the records as a scan does."""
    folder.mkdir(exist_ok=True)
    rows = {
        "pairs": data.pairs,
        "clusters": data.clusters,
        "documents": data.documents,
        "outlets": data.outlets,
        "readings": data.readings.values(),
    }
    for name, found in rows.items():
        with corpus.open_output(folder / f"{name}.jsonl") as stream:
            corpus.write_jsonl(found, stream)
    (folder / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(data.summary), indent=2) + b"\n")
    return folder
