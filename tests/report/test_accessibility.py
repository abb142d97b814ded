"""axe-core finds no serious fault in any view, in both themes and languages.

axe-core comes from npm: `npm install --prefix .cache/axe --no-save axe-core@4`, or `AXE_CORE` names its folder.
"""

import os
from pathlib import Path

import pytest

from tests.report.browsing import go, largest
from tests.report.sample import hostile, newsroom

HOME = Path(__file__).parent.parent.parent
AXE = Path(os.environ.get("AXE_CORE", HOME / ".cache" / "axe" / "node_modules" / "axe-core")) / "axe.min.js"
HINT = "axe-core is not installed: npm install --prefix .cache/axe --no-save axe-core@4"
CHECK = """async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
  const places = (nodes) => nodes.map(({ html }) => html.slice(0, 200));
  return [passes.length, violations.map(({ id, impact, nodes }) => [impact, id, places(nodes)])];
}"""


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip(HINT)
    assert AXE.exists(), HINT
    return AXE.read_text("utf-8")


@pytest.mark.parametrize(
    ("data", "scheme", "lang"),
    [
        (newsroom(), "light", "en"),
        (newsroom(), "dark", "en"),
        (newsroom(), "light", "fr"),
        (newsroom(), "dark", "fr"),
        (newsroom(0), "light", "en"),
        (hostile(), "dark", "en"),
    ],
    ids=["light-en", "dark-en", "light-fr", "dark-fr", "empty", "hostile"],
)
def test_no_view_has_a_serious_fault(visit, axe, data, scheme, lang):
    page = visit(data, lang=lang, color_scheme=scheme)
    page.evaluate(axe)
    for address in addresses(page, data):
        go(page, address)
        for toggle in page.locator("#furniture").all():
            toggle.click()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        passed, faults = page.evaluate(CHECK)
        assert passed > 15
        assert [fault for fault in faults if fault[0] in ("serious", "critical")] == [], address
    page.keyboard.press("?")
    assert [fault for fault in page.evaluate(CHECK)[1] if fault[0] in ("serious", "critical")] == []


def addresses(page, data):
    views = ["#overview", "#clusters", "#outlets", "#stripped", "#method"]
    if not data.clusters:
        return views
    go(page, "#clusters")
    cluster = page.locator("#list a").first.get_attribute("href")
    go(page, cluster)
    assert page.locator(".data tbody tr").count() == largest(data).size
    return [*views, cluster, page.locator(".data .button").nth(1).get_attribute("href"), "#cluster=none"]
