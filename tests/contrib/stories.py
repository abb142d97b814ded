"""Stories of the invented newsroom as outlets would carry them."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "stories" / "en"


def paragraphs(name):
    """The paragraphs of a story, those of its longer versions with them."""
    _, _, text = (FOLDER / f"{name}.txt").read_text("utf-8").partition("\n\n")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("==")]


def page(lines, title="News", links=""):
    """A page of an outlet, with some furniture around the body."""
    body = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f"<html><head><title>{title}</title></head><body><nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        f"<article><h1>{title}</h1>{body}</article>{links}<footer><p>All rights reserved.</p></footer></body></html>"
    )
