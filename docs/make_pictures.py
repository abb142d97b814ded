"""Makes the pictures of the README from a scan of the newsroom: `python docs/make_pictures.py`.

Needs the `test` extra and the system's Chromium.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import dedup
from dedup.engine.output import write

HERE = Path(__file__).parent
NEWSROOM = HERE.parent / "fixtures" / "newsroom"


def main() -> None:
    """Scan, open the report, and take a picture of its top and of its first cluster."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write(dedup.scan(dedup.read(NEWSROOM)), Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1120, "height": 860}, device_scale_factor=1.5)
        page.goto((Path(folder) / "report.html").as_uri())
        page.screenshot(path=HERE / "img" / "report.png")
        page.locator("#list summary").first.click()
        page.locator("#list details[open] button", has_text="Compare").first.click()
        page.locator("#list details[open]").first.screenshot(path=HERE / "img" / "cluster.png")
        browser.close()


if __name__ == "__main__":
    main()
