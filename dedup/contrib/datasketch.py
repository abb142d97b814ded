"""Signatures of texts as datasketch's, and a `MinHashLSH` filled with them, in memory or in Redis.

A signature is that of `MinHash(num_perm=128, seed=1, scheme="affine32")` over the lower 32 bits of a text's shingle
hashes, bit for bit (`sketch.kernels`). So it can be compared with, merged into and found by whatever of datasketch
holds signatures of dedup; not with those that were made of other shingles or by another hash function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup import sketch
from dedup.api import Source, as_documents
from dedup.errors import UsageError

if TYPE_CHECKING:
    from datasketch import LeanMinHash, MinHash, MinHashLSH

# Texts sketched at once: some megabytes of news, so that the kernels run over long arrays and little is held.
_AT_ONCE = 1024


def min_hash(text: str) -> MinHash:
    """Return the signature of a text.

    Parameters
    ----------
    text
        As it is: clean it before.

    Returns
    -------
    datasketch.MinHash
        Of 128 values. That of a text without words is as datasketch's of an empty set. `update` with the 32-bit hash
        of a further shingle.

    Examples
    --------
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars"
    >>> min_hash(story).jaccard(min_hash(story.upper() + "!"))
    1.0
    """
    return next(min_hashes([text]))


def lean_min_hash(text: str) -> LeanMinHash:
    """Return the signature of a text in datasketch's compact form, which serializes and cannot be updated."""
    from datasketch import LeanMinHash

    return LeanMinHash(min_hash(text))


def min_hashes(texts: Iterable[str], *, workers: int = 1) -> Iterator[MinHash]:
    """Make the signatures of many texts, in order; much faster than one by one.

    Parameters
    ----------
    texts
        Read as signatures are taken, some at a time.
    workers
        Threads; the result does not depend on them.
    """
    stream = iter(texts)
    while some := list(islice(stream, _AT_ONCE)):
        for row in sketch.sketch(sketch.pack(some), workers=workers).signatures:
            yield _min_hash(row)


def fill(lsh: MinHashLSH, documents: Iterable[Source], *, clean: bool = True, workers: int = 1) -> int:
    """Put documents into an LSH index, each under its id.

    Parameters
    ----------
    lsh
        With `num_perm=128`, and empty or filled by this function. Its storage may be Redis.
    documents
        Records or mappings, as `dedup.scan` takes them.
    clean
        False takes texts as they are.
    workers
        Processes that clean and threads that sketch.

    Returns
    -------
    int
        Number of those put in. Documents without words are not: they would be found as copies of one another.

    Raises
    ------
    UsageError
        The index is not for 128 values, holds an id already, or a document is none. What stood before that document is
        in.

    Examples
    --------
    >>> from datasketch import MinHashLSH
    >>> lsh = MinHashLSH(threshold=0.7, num_perm=128)
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars"
    >>> fill(lsh, [{"id": "gazette", "text": story}], clean=False)
    1
    >>> lsh.query(min_hash(story + "."))
    ['gazette']
    """
    if lsh.h != sketch.PERMUTATIONS:
        hint = f"Make it with MinHashLSH(num_perm={sketch.PERMUTATIONS})"
        raise UsageError(f"this index is for signatures of {lsh.h} values", hint=hint)
    count = 0
    with lsh.insertion_session() as session:
        for id, signature in _signed(documents, clean, workers):
            try:
                session.insert(id, signature)
            except ValueError as error:
                hint = "Fill an index with each document once"
                raise UsageError(f"datasketch did not take it: {error}", where=id, hint=hint) from error
            count += 1
    return count


def _signed(documents: Iterable[Source], clean: bool, workers: int) -> Iterator[tuple[str, MinHash]]:
    """Give id and signature of each document that has words."""
    from dedup.engine.cleaning import clean_documents
    from dedup.engine.local import as_it_is
    from dedup.engine.options import CleanOptions

    taken = as_documents(documents)
    if clean:
        pairs = clean_documents(taken, CleanOptions(), workers=workers)
    else:
        pairs = ((document, as_it_is(document)) for document in taken)
    while some := list(islice(pairs, _AT_ONCE)):
        sketches = sketch.sketch(sketch.pack(cleaned.text for _, cleaned in some), workers=workers)
        for (document, _), row, tokens in zip(some, sketches.signatures, sketches.n_tokens.tolist(), strict=True):
            if tokens:
                yield document.id, _min_hash(row)


def _min_hash(values: NDArray[np.uint32]) -> MinHash:
    from datasketch import MinHash

    return MinHash(
        seed=sketch.SEED, scheme=sketch.SCHEME, hashvalues=values, permutations=_permutations(), hashfunc=_as_it_is
    )


def _as_it_is(value: int) -> int:
    """Stand for a hash function where what is hashed is a hash: by name, so that signatures can be pickled."""
    return value


@cache
def _permutations() -> Any:
    """Return datasketch's own maps, made once: they cost more than all the rest of a signature."""
    from datasketch import MinHash

    return MinHash(num_perm=sketch.PERMUTATIONS, seed=sketch.SEED, scheme=sketch.SCHEME).permutations
