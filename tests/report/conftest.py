"""A browser for the tests of the page."""

import pytest

from tests.report.browsing import CHROMIUM, chromium


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser, tmp_path):
    """Open the page of a scan from disk; whatever it complains of, asks for or pops up fails the test."""
    from dedup.report import render_html

    troubles, pages = [], []

    def opened(data, address="", lang="en", **options):
        file = tmp_path / "report.html"
        file.write_text("".join(render_html(data, lang=lang)), "utf-8")
        page = browser.new_page(**options)
        pages.append(page)
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.split("#")[0] == file.as_uri() or troubles.append(request.url))
        page.goto(file.as_uri() + address)
        return page

    yield opened
    for page in pages:
        page.close()
    assert troubles == []
