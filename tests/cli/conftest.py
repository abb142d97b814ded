import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
NEWSROOM = REPOSITORY / "fixtures" / "newsroom"


@pytest.fixture
def dedup():
    """Run the command line as a user does: another process, its output as bytes."""

    def run(*arguments, stdin=b"", check=None, **options):
        command = [sys.executable, "-m", "dedup", *map(str, arguments)]
        done = subprocess.run(
            command, input=stdin, capture_output=True, cwd=REPOSITORY, timeout=120, check=False, **options
        )
        if check is not None:
            assert done.returncode == check, done.stderr.decode()
        return done

    return run


@pytest.fixture
def corpus(tmp_path):
    """A small corpus: a story, its copy, an excerpt of it, something else, and a record that is broken."""
    rows = [
        {"id": "story", "text": STORY, "site": "one.example", "published": "2024-05-01T08:00:00+00:00"},
        {"id": "copy", "text": STORY, "site": "two.example", "published": "2024-05-01T09:30:00+00:00", "extra": [1]},
        {"id": "excerpt", "text": "\n".join(STORY.split("\n")[:2]), "published": "2024-05-02"},
        {"id": "other", "text": OTHER},
    ]
    path = tmp_path / "corpus.jsonl"
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join([*lines[:2], '{"id": "broken", "text": ', *lines[2:]]) + "\n", encoding="utf8")
    return path


def rows(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf8").splitlines()]


STORY = """The harbour of Wexmouth was closed on Tuesday after a freighter lost eleven containers in the morning fog.
Divers found the last of them two miles off the breakwater, the port authority said in a statement on Wednesday.
No one was hurt, but the ferry to the islands will not sail before the weekend, and fishermen were told to stay ashore.
Insurers put the damage at four million, a figure that the ship's owners, a firm from Bergen, called premature."""
OTHER = """Three schools in the valley will share one music teacher from September, the county council decided at night.
Parents had collected nine hundred signatures against the plan, which saves less than a new school bus would cost."""
