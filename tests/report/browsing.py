"""Opening a report in a real browser, for tests and pictures."""

import shutil
from contextlib import contextmanager

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium():
    """Start the system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def go(page, address):
    """Go to a view of the open page, and wait until it is drawn."""
    page.evaluate("to => { location.hash = to; }", address)
    page.wait_for_function("to => location.hash === to || location.hash.startsWith(to)", arg=address)
    page.wait_for_function("() => document.activeElement.tagName === 'H2'")


def largest(data):
    """Give the cluster that the list shows first."""
    return max(data.clusters, key=lambda cluster: cluster.size)
