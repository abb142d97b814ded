"""The page in a real browser: no error, no request, and everything by mouse and by keyboard."""

import re

import pytest

from dedup.records import Reading
from dedup.report import html
from tests.report.browsing import go, largest
from tests.report.sample import HOSTILE, hostile, newsroom

VIEWS = ["#overview", "#clusters", "#outlets", "#stripped", "#method"]


def headlines(page):
    return page.locator(".story .headline a").all_inner_texts()


def ids(page):
    return page.locator(".story").evaluate_all("all => all.map((one) => one.dataset.id)")


def wanted(data, by, reverse=False):
    return [cluster.cluster_id for cluster in sorted(data.clusters, key=by, reverse=reverse)]


# ------------------------------------------------------------------------------------------------------------ the list


def test_search_narrows_the_list_whatever_the_accents(visit):
    page = visit(newsroom(), "#clusters")
    everything = headlines(page)
    page.fill("#list-q", "sao vicente")
    found = headlines(page)
    assert found and found == [title for title in everything if "São Vicente" in title]
    assert page.inner_text("#count") == f"{len(found)} of {len(everything)} clusters"
    page.fill("#list-q", "nothing is called so")
    assert headlines(page) == []


@pytest.mark.parametrize("by", ["title", "site", "agency", "id"])
def test_search_looks_into_titles_sites_agencies_and_ids(visit, by):
    data = newsroom(12)
    page = visit(data, "#clusters")
    cluster = data.clusters[4]
    row = next(row for row in data.documents if row.cluster_id == cluster.cluster_id and row.id != cluster.head)
    query = {"title": row.title, "site": row.site, "agency": cluster.agency, "id": row.id}[by]
    page.fill("#list-q", query.upper())
    assert cluster.cluster_id in ids(page) and len(ids(page)) < len(data.clusters)


def test_the_list_sorts_and_turns_round(visit):
    data = newsroom()
    page = visit(data, "#clusters")
    assert [int(re.match(r"\d+", text)[0]) for text in page.locator(".story .size").all_inner_texts()] == sorted(
        (cluster.size for cluster in data.clusters), reverse=True
    )
    page.select_option("#list-sort", "first")
    assert ids(page) == wanted(data, lambda cluster: cluster.first_published)
    page.click("#list-reverse")
    assert ids(page) == wanted(data, lambda cluster: cluster.first_published, reverse=True)
    page.select_option("#list-sort", "spread")
    page.click("#list-reverse")
    slow = max(data.clusters, key=lambda cluster: cluster.spread_hours or 0)
    assert ids(page)[0] == slow.cluster_id
    page.select_option("#list-sort", "title")
    assert headlines(page) == sorted(headlines(page), key=str.casefold)


def test_the_list_filters_by_agency_relation_site_and_size(visit):
    data = newsroom()
    page = visit(data, "#clusters")

    def left(keep):
        return {cluster.cluster_id for cluster in data.clusters if keep(cluster)}

    page.select_option("#list-agency", "AFP")
    assert set(ids(page)) == left(lambda cluster: cluster.agency == "AFP")
    page.fill("#list-min", "3")
    assert set(ids(page)) == left(lambda cluster: cluster.agency == "AFP" and cluster.size >= 3)
    page.click("#list-clear")
    assert len(ids(page)) == len(data.clusters)
    page.select_option("#list-relation", "excerpt")
    assert set(ids(page)) == left(lambda cluster: any(member.relation == "excerpt" for member in cluster.members))
    page.click("#list-clear")
    page.fill("#list-site", "gazeta")
    assert set(ids(page)) == left(lambda cluster: "gazeta.example" in cluster.sites)


def test_what_is_searched_for_stands_in_the_address_and_is_there_again_on_the_way_back(visit):
    page = visit(newsroom(), "#clusters&agency=AFP&sort=title")
    found = ids(page)
    assert 0 < len(found) < 30 and page.input_value("#list-agency") == "AFP"
    page.fill("#list-q", "a")
    narrowed = ids(page)
    assert "q=a" in page.url
    page.locator(".story a").first.click()
    page.click("#back")
    assert ids(page) == narrowed and page.input_value("#list-q") == "a"


def test_many_clusters_are_drawn_a_page_at_a_time(visit):
    data = newsroom(120)
    page = visit(data, "#clusters")
    first = ids(page)
    assert len(first) == 50 and page.inner_text(".pager span") == "Page 1 of 3"
    page.click(".pager button:last-child")
    second = ids(page)
    page.click(".pager button:last-child")
    assert len(ids(page)) == 20 and not page.is_enabled(".pager button:last-child")
    assert set(first) | set(second) | set(ids(page)) == {cluster.cluster_id for cluster in data.clusters}


# ---------------------------------------------------------------------------------------------------------- one cluster


def test_a_cluster_shows_its_grounds_its_timeline_and_its_members(visit):
    data = newsroom()
    cluster = largest(data)
    page = visit(data, f"#cluster={cluster.cluster_id}")
    assert page.locator(".data tbody tr").count() == cluster.size
    grounds = page.locator(".ground").all_inner_texts()
    assert cluster.agency in grounds[0] and "High confidence" in grounds[0] and "credit it" in grounds[0]
    assert "have no date" in grounds[1] or "before the next copy" in grounds[1]
    assert page.locator(".timeline > svg .mark").count() == cluster.size
    assert page.locator(".timeline > svg > title").text_content() == "When it was carried"
    page.locator(".sorter", has_text="Shared").click()
    shares = [int(text) for text in page.locator(".data td:last-child").all_inner_texts()[:-1]]
    assert shares == sorted((member.shared for member in cluster.members[1:]), reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Shared")


def test_an_unknown_cluster_is_said_to_be_missing(visit):
    page = visit(newsroom(2), "#cluster=%3Cb%3Enone")
    assert "<b>none" in page.inner_text("main")


# ---------------------------------------------------------------------------------------------------------- two texts


def compared(visit, data, copy=1, **options):
    cluster = largest(data)
    member = cluster.members[copy]
    pair = next(pair for pair in data.pairs if pair.b == member.id)
    return visit(data, f"#cluster={cluster.cluster_id}&copy={member.id}", **options), pair


def without_numbers(page):
    page.evaluate("document.querySelectorAll('.jump').forEach((badge) => badge.remove())")
    return page.locator(".pane .text").evaluate_all(
        """all => all.map((text) => {
          text.querySelectorAll('.gap').forEach((gap) => gap.replaceWith('\\n'));
          text.querySelectorAll('.stripped').forEach((furniture) => furniture.remove());
          return text.textContent;
        })"""
    )


def test_what_two_texts_share_is_marked_in_both(visit):
    data = newsroom()
    page, pair = compared(visit, data, 3)
    assert page.locator(".pane mark").count() == 2 * len(pair.passages)
    assert without_numbers(page) == [data.readings[pair.a].text, data.readings[pair.b].text]
    marks = page.locator(".pane.is-head mark").evaluate_all("all => all.map((mark) => mark.textContent)")
    assert marks == [data.readings[pair.a].text[a:b] for a, b, _, _ in pair.passages]
    own = page.locator(".pane.is-copy .only").all_text_contents()
    assert own and all(text.strip() in data.readings[pair.b].text for text in own)


def test_a_passage_leads_to_its_twin_by_mouse_and_by_key(visit):
    data = newsroom()
    page, _ = compared(visit, data, 3)
    page.locator(".pane.is-head mark").first.click()
    assert page.locator("mark.here").count() == 2
    assert page.evaluate("document.activeElement.closest('.pane').className") == "pane is-copy"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.pane').className") == "pane is-head"
    page.keyboard.press("n")
    page.keyboard.press("p")
    assert page.locator("mark.here").count() == 2


def test_furniture_is_struck_out_on_demand(visit):
    data = newsroom()
    page, pair = compared(visit, data)
    blocks = [*data.readings[pair.a].furniture, *data.readings[pair.b].furniture]
    assert page.locator(".text del:visible").count() == 0
    page.click("#furniture")
    struck = " ".join(page.locator(".text del:visible").all_text_contents())
    assert all(line in struck for block in blocks for line in block.text.split("\n"))
    assert page.get_attribute("#furniture", "aria-pressed") == "true"
    assert page.locator(".text del").first.evaluate("one => getComputedStyle(one).textDecorationLine") == "line-through"
    page.keyboard.press("f")
    assert page.locator(".text del:visible").count() == 0


def test_overlapping_passages_show_every_letter_once(visit):
    data = newsroom(1)
    head, other = (member.id for member in data.clusters[0].members[:2])
    texts = ["one two three four 🐟 five", "three four one two three 🐟 five"]
    data.readings = {id_: Reading(id_, text) for id_, text in zip((head, other), texts, strict=True)}
    data.pairs[0].passages = [(0, 13, 11, 24), (4, 7, 15, 18), (8, 18, 0, 10), (19, 25, 25, 31)]
    for row in data.documents:
        row.credits = []
    page, _ = compared(visit, data)
    assert page.locator(".jump").all_inner_texts() == ["1", "2", "3", "4", "3", "1", "2", "4"], "one inside another too"
    assert without_numbers(page) == texts


def test_what_is_not_in_the_page_is_said_with_how_to_get_it(visit):
    data = newsroom()
    cluster = largest(data)
    data.readings = {cluster.head: data.readings[cluster.head]}
    page = visit(data, f"#cluster={cluster.cluster_id}&copy={cluster.members[1].id}")
    assert "dedup report DIR --texts all" in page.locator(".pane.is-copy").inner_text()
    assert data.readings[cluster.head].text.split("\n")[1] in page.locator(".pane.is-head").inner_text()
    page.click("#back")
    page.wait_for_selector(".data td:has-text('left out')")  # the browser goes back in its own time
    assert page.locator(".data td", has_text="left out").count() == cluster.size - 1
    go(page, "#clusters")
    assert f"The texts of 1 of the {sum(c.size for c in data.clusters)} documents" in page.inner_text("#left-out")


# --------------------------------------------------------------------------------------------------- keyboard alone


def test_from_the_first_key_to_a_passage_without_a_mouse(visit):
    data = newsroom()
    page = visit(data)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.id === 'list-q'")
    page.keyboard.type("afp")
    page.wait_for_function("document.querySelector('#count').textContent.includes(' of ')")
    page.keyboard.press("Tab")  # agency
    page.keyboard.press("d")  # the field's own: no shortcut
    page.keyboard.press("Home")
    page.focus("#back, #list-clear")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement === document.querySelector('.story a')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".data")
    page.keyboard.press("]")
    page.wait_for_function("document.querySelectorAll('.steps a').length === 3")
    page.keyboard.press("[")
    page.locator(".data .button").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".panes")
    page.keyboard.press("n")
    assert page.locator("mark.here").count() == 2
    page.keyboard.press("f")
    assert page.locator(".text del:visible").count() > 0
    page.keyboard.press("b")
    page.wait_for_selector(".timeline")


def test_columns_sort_by_key(visit):
    page = visit(newsroom(), "#outlets")
    page.locator(".sorter", has_text="Site").focus()
    page.keyboard.press("Enter")
    sites = page.locator(".data tbody th").all_inner_texts()
    assert sites == sorted(sites) and page.locator("[role=status]").last.text_content() == "Sorted by Site, ascending"
    page.keyboard.press("Enter")
    assert page.locator(".data tbody th").all_inner_texts() == sorted(sites, reverse=True)


def test_language_and_theme_switch_by_key_and_by_mouse(visit):
    page = visit(newsroom(3), color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.keyboard.press("l")
    assert page.inner_text("h1") == "Qui a copié quoi" and page.get_attribute("html", "lang") == "fr"
    page.select_option("#language", "en")
    assert page.inner_text("h1") == "Who copied what"
    page.select_option("#theme", "dark")
    dark = page.evaluate(paper)
    assert dark != light
    page.locator("h1").click()
    page.keyboard.press("t")
    assert page.evaluate(paper) == light and page.input_value("#theme") == "auto"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == dark


def test_shortcuts_are_told_and_can_be_switched_off(visit):
    page = visit(newsroom(3))
    page.keyboard.press("?")
    assert page.locator("#help dt kbd").count() > 10
    page.locator("#shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert page.evaluate("location.hash") == ""


def strings(table):
    return {text for value in table.values() for text in (strings(value) if isinstance(value, dict) else [value])}


def test_the_page_opens_in_the_language_of_the_scan_and_says_everything_in_it(visit):
    english, french = (strings(html._words(lang)) for lang in ("en", "fr"))
    data = newsroom()
    page = visit(data, lang="fr")
    said = set()
    for view in [*VIEWS, f"#cluster={data.clusters[0].cluster_id}"]:
        go(page, view)
        said |= {line.strip() for text in page.inner_text("body").splitlines() for line in text.split("\t")}
    assert len(said & french) > 40
    assert said & (english - french) == set()


# ------------------------------------------------------------------------------------------------------------- safety


def test_hostile_fields_show_as_text(visit):
    data = hostile()
    page = visit(data, "#clusters")
    assert headlines(page)[0] == HOSTILE[0]
    assert "[U+202E]txt.exe[U+202C]" in headlines(page)[1]
    for view in [*VIEWS, "#clusters"]:
        go(page, view)
        assert "\u202e" not in page.inner_text("body")
    for at in range(2):
        go(page, "#clusters")
        page.locator(".story a").nth(at).click()
        page.wait_for_selector(".data")
        assert page.locator("main a[target]").count() == 0, "none of the addresses is one of the web"
        assert data.documents[2 * at].url in page.locator(".data tbody th").first.inner_text()
        page.locator(".data .button").nth(1).click()
        page.wait_for_selector(".panes")
        page.click("#furniture")
        assert HOSTILE[1] in page.locator(".text").first.inner_text()
        assert "\u202e" not in page.inner_text("body")
    assert page.locator("main img, main script").count() == 0


# -------------------------------------------------------------------------------------------------------------- width


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("data", [newsroom(), newsroom(0), hostile()], ids=["newsroom", "empty", "hostile"])
def test_nothing_runs_out_of_the_window(visit, data, width, lang):
    page = visit(data, viewport={"width": width, "height": 800}, lang=lang)
    views = list(VIEWS)
    if data.clusters:
        page.evaluate("location.hash = 'clusters'")
        page.locator("#list a").first.click()
        page.wait_for_selector(".data")
        views.append(page.evaluate("location.hash"))
        views.append(page.locator(".data .button").nth(1).get_attribute("href"))
    for view in views:
        go(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_a_printed_page_has_the_texts_in_full_and_no_buttons(visit):
    page, _ = compared(visit, newsroom())
    page.emulate_media(media="print")
    assert page.locator(".settings").is_hidden() and page.locator(".tools button").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.text')).maxHeight") == "none"
