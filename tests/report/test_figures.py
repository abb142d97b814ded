"""The counts behind the pictures."""

from dedup.records import Cluster, DocumentRow, Member, Outlet
from dedup.report import figures
from tests.report.sample import newsroom


def cluster(*members):
    """Make a cluster of members published so, and so many hours late."""
    rows = [Member(str(at), None, 1, 1, 1, 9, None, day, delay) for at, (day, delay) in enumerate(members)]
    return Cluster("c", len(rows), "0", rows)


def copies(*members):
    spread = figures.spread([cluster(*members)])
    return spread.unit, {bound: n for bound, n in spread.steps if n}, spread.known, spread.copies


def test_spread_is_counted_in_hours_where_times_are_known():
    assert copies(("x", 0.5), ("x", 0.0), ("x", 5.0), ("x", 400.0), ("x", None)) == (
        "hours",
        {1: 1, 6: 1, None: 1},
        3,
        4,
    )


def test_spread_is_counted_in_days_where_only_days_are_known():
    days = ("2026-03-03", "2026-03-03", "2026-03-04", None, "soon")
    assert copies(*((day, None) for day in days)) == ("days", {0: 1, 1: 1}, 2, 4)


def test_no_delay_makes_no_steps():
    assert copies((None, None), ("soon", None)) == ("days", {}, 0, 1)
    assert figures.spread([]).steps == []


def test_sizes_cover_every_cluster():
    data = newsroom()
    data.clusters[0].size = 123_456
    found = figures.sizes(data.clusters)
    assert sum(step.clusters for step in found) == len(data.clusters)
    assert (found[-1].low, found[-1].high, found[-1].clusters) == (100, None, 1)
    for step in found[:-1]:
        assert step.clusters == sum(step.low <= c.size <= step.high for c in data.clusters)


def test_the_overview_counts_furniture_and_credits():
    data = newsroom()
    found = figures.overview(data)
    assert found.credited == sum(c.agency is not None for c in data.clusters)
    assert found.sites == len({member.site for c in data.clusters for member in c.members})
    assert found.stripped == sum(n for label, n in data.summary.blocks.items() if label not in ("body", "headline"))


def test_nothing_to_show_makes_no_counts():
    data = newsroom(0)
    assert figures.relations(data.summary.pairs) == {}
    assert figures.sizes([]) == figures.stripped([]) == []
    assert figures.carried([]).cells == []


def test_the_matrix_holds_the_most_credited_agencies_and_who_carries_them_most():
    outlets = [Outlet(f"{n}.example", 50, 0, 0, 0, None, {f"A{k:02}": n + k for k in range(12)}, {}) for n in range(20)]
    outlets.append(Outlet("none.example", 900, 900, 0, 0, None, {}, {}))
    found = figures.carried(outlets)
    assert found.columns == [f"A{k:02}" for k in range(11, 11 - figures.MATRIX_COLUMNS, -1)]
    assert found.rows == [f"{n}.example" for n in range(19, 19 - figures.MATRIX_ROWS, -1)]
    assert found.cells[0][0] == 19 + 11
    assert {len(row) for row in found.cells} == {figures.MATRIX_COLUMNS}


def row(site, **stripped):
    return DocumentRow("x", None, False, None, None, None, stripped, site=site)


def test_furniture_is_counted_by_site_and_label():
    rows = [
        row("a.example", repeated=4, share=4, byline=2),
        row("a.example", navigation=3, headline=1),
        row(None, consent=1),
        row("bare.example", headline=1),
    ]
    found = figures.stripped(rows)
    assert [(one.site, one.documents) for one in found] == [("a.example", 2), (None, 1)]
    assert found[0].blocks == {"repeated": 4, "share": 4, "navigation": 3}
