"""The page in a real browser: no error, no request, and everything by mouse and by keyboard."""

import shutil

import pytest

from dedup.report import render_html
from tests.report.sample import HOSTILE, hostile, newsroom

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Open the page of a scan from disk; whatever it complains of, asks for or pops up fails the test."""
    troubles, pages = [], []

    def opened(data, **options):
        file = tmp_path / "report.html"
        file.write_text("".join(render_html(data)), "utf-8")
        page = browser.new_page(**options)
        pages.append(page)
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url == file.as_uri() or troubles.append(request.url))
        page.goto(file.as_uri())
        return page

    yield opened
    for page in pages:
        page.close()
    assert troubles == []


def headlines(page):
    return page.locator(".cluster .headline > bdi").all_inner_texts()


def test_search_narrows_the_list_whatever_the_accents(visit):
    page = visit(newsroom())
    everything = headlines(page)
    page.fill("#query", "sao vicente")
    found = headlines(page)
    assert found and found == [title for title in everything if "São Vicente" in title]
    assert page.inner_text("#count") == f"{len(found)} of {len(everything)} clusters"
    page.fill("#query", "nothing is called so")
    assert headlines(page) == []


def test_the_list_sorts_and_filters(visit):
    data = newsroom()
    page = visit(data)
    page.select_option("#sort", "title")
    assert headlines(page)[0] == min(headlines(page), key=str.casefold)
    page.select_option("#sort", "first")
    oldest = min(data.clusters, key=lambda cluster: cluster.first_published)
    assert page.locator(".cluster").first.get_attribute("data-id") == oldest.cluster_id
    page.click("#direction")
    assert page.locator(".cluster").last.get_attribute("data-id") == oldest.cluster_id
    page.select_option("#agency", "AFP")
    assert page.locator(".cluster").count() == sum(cluster.agency == "AFP" for cluster in data.clusters)


def test_a_cluster_opens_and_two_texts_are_read_side_by_side_by_keyboard(visit):
    data = newsroom()
    page = visit(data)
    page.locator(".cluster > summary").first.focus()
    page.keyboard.press("Enter")
    cluster = max(data.clusters, key=lambda cluster: cluster.size)
    rows = page.locator(".cluster[open] .members tbody tr")
    rows.first.wait_for()  # a browser says that details opened a moment after it did
    assert rows.count() == cluster.size
    compare = rows.nth(1).get_by_role("button")
    compare.focus()
    page.keyboard.press("Enter")
    marks = page.locator(".compare mark")
    pair = next(pair for pair in data.pairs if pair.b == cluster.members[1].id)
    assert marks.count() == 2 * len(pair.passages)
    first = pair.passages[0]
    assert (
        marks.first.inner_text().replace("\n", "").endswith(data.texts[pair.a][first[0] : first[1]].replace("\n", ""))
    )
    page.keyboard.press("Tab")  # Close
    page.keyboard.press("Tab")  # the head's text
    page.keyboard.press("Tab")  # its first passage
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('mark').className") == "here"
    assert page.evaluate("document.activeElement.closest('[role=region]').getAttribute('aria-label')") == "Copy"
    page.get_by_role("button", name="Close").click()
    assert page.locator(".compare").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Compare"


def test_overlapping_passages_show_every_letter_once(visit):
    data = newsroom(1)
    cluster = data.clusters[0]
    head, other = cluster.members[0].id, cluster.members[1].id
    data.texts[head], data.texts[other] = "one two three four 🐟 five", "three four one two three 🐟 five"
    data.pairs[0].passages = [(0, 13, 11, 24), (8, 18, 0, 10), (19, 25, 25, 31)]
    assert {data.pairs[0].a, data.pairs[0].b} == {head, other}
    page = visit(data)
    page.locator(".cluster > summary").click()
    page.locator(".members button").first.click()
    page.evaluate("document.querySelectorAll('.jump').forEach((badge) => badge.remove())")
    assert page.locator(".compare .text").all_text_contents() == [data.texts[head], data.texts[other]]


def test_hostile_fields_show_as_text(visit):
    page = visit(hostile())
    assert headlines(page)[0] == HOSTILE[0]
    assert "[U+202E]txt.exe[U+202C]" in headlines(page)[1]
    for at in range(2):
        page.locator(".cluster > summary").nth(at).click()
        page.locator(".cluster").nth(at).locator(".members button").first.click()
    assert page.locator("main a[href]").count() == 0
    assert page.locator("main img").count() == 0
    assert "\u202e" not in page.inner_text("body")
    assert HOSTILE[1] in page.locator(".compare .text").first.inner_text()


def test_many_clusters_are_drawn_a_hundred_at_a_time(visit):
    page = visit(newsroom(230))
    assert page.locator(".cluster").count() == 100
    page.click("#more")
    page.click("#more")
    assert page.locator(".cluster").count() == 230
    assert not page.locator("#more").is_visible()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("data", [newsroom(), newsroom(0), hostile()], ids=["newsroom", "empty", "hostile"])
def test_nothing_runs_out_of_the_window(visit, data, width):
    page = visit(data, viewport={"width": width, "height": 800})
    if data.clusters:
        page.locator(".cluster > summary").first.click()
        page.locator(".members button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page(visit, scheme):
    """WCAG 2.2, 1.4.3: a contrast of 4.5 for text, both for what is loud and for what is quiet."""
    page = visit(newsroom(3), color_scheme=scheme)
    contrast = """([front, back]) => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const hex = style.getPropertyValue(name).trim().slice(1);
        const part = (at) => parseInt(hex.slice(at, at + 2), 16) / 255;
        const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear(part(0)) + 0.7152 * linear(part(2)) + 0.0722 * linear(part(4));
      };
      const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    }"""
    for front, back in [("--ink", "--paper"), ("--quiet", "--paper"), ("--quiet", "--card"), ("--accent", "--paper"),
                        ("--mark-ink", "--mark"), ("--mark-ink", "--here"), ("--warm", "--paper")]:  # fmt: skip
        assert page.evaluate(contrast, [front, back]) >= 4.5, (front, back)
