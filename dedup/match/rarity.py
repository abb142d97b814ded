"""When what two documents share says nothing: a standing disclaimer that slipped through is in everything.

A pair is *common* where nine tenths of the shingles that both have stand in more than `MANY` documents of different
text, or in more than a thousandth of a larger corpus. Of the shingles the sampled ones are looked at, of which it is
known in how many documents they are. No story comes near: the widest wire stories are carried in some hundred versions,
identical ones counted once. In a corpus of fewer documents than `MANY` nothing is common.

So is a pair of which, those shingles left out on both sides, too little is left for a copy: the smaller text shares of
its own less than half the containment that the bounds ask for. It is a template and a sentence, not an excerpt.

The label does not change figures or relation. A common excerpt binds no cluster, as its shared text is that of a
template; near and exact copies do, as there the texts as a whole are the same, however many carry them. A common
passage is not a pair at all: each page of a site would have one with each other.
"""

MANY = 256
MANY_SHARE = 0.001
NEARLY_ALL = 0.9
LITTLE = 0.5
"""Of the containment of a copy: as it is estimated from a sample, a copy at the bound must not fall below by chance."""
FEWEST = 2
"""Shared shingles, sampled, below which nothing is said."""


def many(n_documents: int) -> int:
    """Return the number of documents above which a shingle is in much of a corpus of distinct texts."""
    return max(MANY, int(MANY_SHARE * n_documents))
