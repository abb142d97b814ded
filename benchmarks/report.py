"""A report of many clusters: its size, the time to write it, how it behaves in a browser; and the pictures of the docs.

    python benchmarks/report.py --clusters 10000
    python benchmarks/report.py --pictures docs/pictures --of out/report.html

Times of writing are CPU time; those in the browser are wall time of the page itself: until the list is drawn, until
all is loaded, of the first search (which makes what is searched), of a search, of a sort, and of opening the largest
cluster. The data are invented (`tests/report/sample.py`), with the texts that `dedup report --texts all` would put in.
Pictures are taken of a report that is there, such as that of `dedup scan fixtures/newsroom -o out`.
"""

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from dedup.report import render_html, to_read
from tests.report.browsing import chromium, go
from tests.report.sample import newsroom

# Remembers when the first stories of the list were painted.
WATCH = """(() => {
  const look = () => {
    if (document.querySelector(".story")) window.drawnAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
# Milliseconds until what the act changes is laid out and painted.
TIMED = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  await painted();
  const start = performance.now();
  ACT
  await painted();
  return performance.now() - start;
}"""
SEARCH = "const q = document.getElementById('list-q'); q.value = '{}'; q.dispatchEvent(new Event('input'));"
SORT = "const s = document.getElementById('list-sort'); s.value = '{}'; s.dispatchEvent(new Event('input'));"


def scan(clusters):
    """Make the data of a scan, with the texts that there is room for."""
    data = newsroom(clusters)
    members = [member.id for cluster in data.clusters for member in cluster.members]
    lengths = np.array([len(data.readings[id_].text.encode()) for id_ in members])
    groups = np.split(np.arange(len(members)), np.cumsum([cluster.size for cluster in data.clusters])[:-1])
    read = [members[groups[place][at]] for place, found in to_read(groups, lengths) for at in found]
    data.readings = {id_: data.readings[id_] for id_ in read}
    return data


def written(data, file):
    """Write the report; give CPU seconds."""
    start = time.process_time()
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(render_html(data))
    return time.process_time() - start


def browsed(browser, file):
    """Give the milliseconds of each step."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(file.as_uri() + "#clusters")
    page.wait_for_function("() => window.drawnAt")
    steps = {
        "the list is there": page.evaluate("drawnAt"),
        "all is loaded": page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"),
    }
    first = page.evaluate("document.querySelector('.story a').getAttribute('href')")
    for name, act in (
        ("first search", SEARCH.format("court")),
        ("search", SEARCH.format("harbour")),
        ("search back", SEARCH.format("")),
        ("sort by headline", SORT.format("title")),
        ("sort by agency", SORT.format("agency")),
        ("open the largest cluster", f"location.hash = {first!r};"),
    ):
        steps[name] = page.evaluate(TIMED.replace("ACT", act))
    page.close()
    return steps


def measure(options):
    """Write one report and print what was measured."""
    data = scan(options.clusters)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        seconds = min(written(data, file) for _ in range(options.repeat))
        members = sum(cluster.size for cluster in data.clusters)
        print(f"{options.clusters:,} clusters, {members:,} documents, {len(data.readings):,} texts")
        print(f"size {file.stat().st_size / 1e6:.1f} MB, written in {seconds:.2f} s of CPU")
        with chromium() as browser:
            runs = [browsed(browser, file) for _ in range(options.repeat)]
    for name in runs[0]:
        print(f"{name:26} {min(run[name] for run in runs):7.0f} ms")


def shot(page, file):
    """Take a picture of what the window shows, in few colours: flat ones are what a report has."""
    from PIL import Image

    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(file, optimize=True)
    print(f"{file}: {file.stat().st_size // 1000} kB")


def take_pictures(report, folder, width):
    """Take the pictures of the docs: overview, cluster, comparison; in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(report.resolve().as_uri())
            for name, (address, height) in pictured(page).items():
                page.set_viewport_size({"width": width, "height": height})
                go(page, address)
                if name == "comparison":
                    page.click("#furniture")
                page.evaluate("document.activeElement.blur()")
                shot(page, folder / f"{name}{'-dark' if scheme == 'dark' else ''}.png")
            page.close()


def pictured(page):
    """Give address and height of the views: the first cluster of the list, and an excerpt of it if there is one."""
    go(page, "#clusters")
    cluster = page.locator("#list a").first.get_attribute("href")
    go(page, cluster)
    rows = page.locator(".data tbody tr:has(.button)")
    excerpts = rows.filter(has=page.locator(".is-excerpt"))
    row = excerpts.first if excerpts.count() else rows.nth(1)
    copy = row.locator(".button").get_attribute("href")
    return {"overview": ("#overview", 1860), "cluster": (cluster, 1150), "comparison": (copy, 1250)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3, help="the fastest run counts")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="take pictures of a report instead")
    parser.add_argument("--of", type=Path, metavar="REPORT", help="the report.html that is pictured (invented data)")
    parser.add_argument("--width", type=int, default=1200, help="of the window in pictures")
    options = parser.parse_args()
    if not options.pictures:
        measure(options)
    elif options.of:
        take_pictures(options.of, options.pictures, options.width)
    else:
        with tempfile.TemporaryDirectory() as folder:
            written(scan(40), Path(folder) / "report.html")
            take_pictures(Path(folder) / "report.html", options.pictures, options.width)


if __name__ == "__main__":
    main()
