"""Short texts made of whole sentences, and a slow, obvious twin of the index."""

from dedup.records import RELATIONS
from dedup.sketch import pack, sketch
from dedup.verdicts import Entry

SENTENCES = [" ".join(f"w{number}x{word}" for word in range(9)) for number in range(8)]


def story(numbers):
    """A text of some sentences; of up to six, so that it carries all its shingles."""
    return ". ".join(SENTENCES[number] for number in numbers)


def shingles(text):
    sketches = sketch(pack([text]), workers=1)
    return set(sketches.shingles.tolist()), int(sketches.digests[0]), int(sketches.n_tokens[0])


class Twin:
    """Documents in a dict, each text compared with each."""

    def __init__(self, bounds):
        self.bounds = bounds
        self.held = {}

    def add(self, documents):
        for id, text in documents:
            self.held[id] = (shingles(text), text)

    def remove(self, ids):
        return sum(self.held.pop(id, None) is not None for id in set(ids))

    def find(self, text, most):
        own, digest, tokens = shingles(text)
        found = []
        for id, ((other, other_digest, _), _) in self.held.items():
            if not own or not other:
                continue
            shared = len(own & other)
            jaccard = shared / len(own | other)
            inside = max(shared / len(own), shared / len(other))
            bounds = self.bounds
            reached = (
                digest == other_digest and tokens > 0,
                jaccard >= bounds.min_jaccard,
                inside >= bounds.min_containment and shared >= bounds.min_shared,
                shared >= bounds.min_passage,
            )
            if any(reached):
                found.append((reached.index(True), -shared, id, jaccard))
        return [(id, RELATIONS[code], -shared, jaccard) for code, shared, id, jaccard in sorted(found)[:most]]


def figures(matches):
    return [(match.id, match.relation, match.shared, match.jaccard) for match in matches]


def fill(index, documents):
    entries = [Entry(id, site=f"{id}.example", published="2026-01-02", agency="AP") for id, _ in documents]
    return index.add(pack(text for _, text in documents), entries)
