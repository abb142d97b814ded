"""The verbs of `import dedup`: iterables in, records out.

They take documents as `Document` records or as plain mappings (a row of JSON or of a data frame), whose field names
are understood as on the command line (`dedup fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import UsageError
from dedup.records import BINDING, BadRecord, Bounds, Cleaned, Document, Favor, Keep, Label, Relation

if TYPE_CHECKING:
    from dedup.engine.progress import Progress
    from dedup.engine.result import ScanResult
    from dedup.index import Index
    from dedup.verdicts import CheckData

Source = Document | Mapping[str, Any]


def clean(
    documents: Iterable[Source],
    *,
    favor: Favor = "balanced",
    keep_labels: Collection[Label] = (),
    workers: int = 1,
    model: Path | None = None,
    sites: Path | None = None,
) -> Iterator[Cleaned]:
    """Strip the furniture from pages and texts.

    Parameters
    ----------
    documents
        Records or mappings with `html` or `text`; a mapping without `id` is numbered from 1.
    favor
        precision keeps less furniture, recall loses less body.
    keep_labels
        What goes into the text beside the body, at its place: comments, caption, or other labels of blocks.
    workers
        Processes to use. More than one needs the usual `if __name__ == "__main__":` in a script.
    model
        Classifier file; None for the one that dedup ships.
    sites
        What is known of sites, a file of `dedup clean --learn-sites`: lines that a site repeats are furniture.

    Yields
    ------
    Cleaned
        For each document, in order: its `text` (the body, one block a line), all its `blocks` with their labels, and
        `title`, `byline` and `published` where the document shows or states them.

    Raises
    ------
    UsageError
        A document has neither text nor page, or is no document; an option makes no sense.
    ModelError
        The classifier file is damaged or of another version.
    InputError
        The file of sites is missing, damaged or of another version.

    Examples
    --------
    >>> import dedup
    >>> page = "<nav><a href='/'>Home</a></nav><article><p>The bridge over the Orne was closed on Monday after a barge"
    >>> page += " hit one of its pillars, the port authority said.</p></article>"
    >>> [cleaned] = dedup.clean([{"id": "1", "html": page}])
    >>> cleaned.text
    'The bridge over the Orne was closed on Monday after a barge hit one of its pillars, the port authority said.'
    """
    from dedup.engine.cleaning import clean_documents
    from dedup.engine.options import CleanOptions

    options = CleanOptions(model, sites, favor, keep_labels)
    for _, cleaned in clean_documents(as_documents(documents), options, workers=workers):
        yield cleaned


def scan(
    documents: Iterable[Source],
    *,
    clean: bool = True,
    min_jaccard: float = 0.7,
    min_containment: float = 0.5,
    min_shared: int = 15,
    keep: Keep = "earliest",
    cluster_on: Collection[Relation] = BINDING,
    passages: bool = True,
    favor: Favor = "balanced",
    keep_labels: Collection[Label] = (),
    workers: int = 1,
    memory: int = 1 << 31,
    model: Path | None = None,
    sites: Path | None = None,
    progress: Progress | None = None,
) -> ScanResult:
    """Find who copied what.

    Parameters
    ----------
    documents
        Records or mappings with `html` or `text`, each with an `id` of its own; a mapping without one is numbered.
        `dedup.read` gives those of files.
    clean
        False takes texts as they are.
    min_jaccard, min_containment, min_shared
        What counts as a copy; see `Bounds`.
    keep
        Which copy heads a cluster: earliest, longest, agency (one that credits an agency), or first in the input.
    cluster_on
        Relations that bind a document to a cluster's head; exact always does.
    passages
        False leaves out of each pair what the two share: much faster where there are millions.
    favor, keep_labels
        As in `clean`.
    workers
        Processes and threads to use. More than one needs the usual `if __name__ == "__main__":` in a script.
    memory
        Bytes for the buffers of a stage, beside some hundred a document; the result does not depend on them.
    model
        Classifier file; None for the one that dedup ships.
    sites
        What is known of sites, a file of `dedup clean --learn-sites`.
    progress
        Told how far the work is.

    Returns
    -------
    ScanResult
        With `pairs()`, `clusters()`, `documents()`, `summary()`, and `rethreshold(...)` for other bounds.

    Raises
    ------
    UsageError
        An id stands twice, an option makes no sense, or an input is no document.

    Examples
    --------
    >>> import dedup
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> result = dedup.scan([{"id": "a", "text": story}, {"id": "b", "text": "By Ann. " + story}], clean=False)
    >>> [pair] = result.pairs()
    >>> pair.relation, pair.shared, round(pair.jaccard, 3)
    ('near', 15, 0.882)
    >>> list(result.rethreshold(min_jaccard=0.95, min_shared=20).pairs())
    []
    """
    from dedup.engine.local import scan as run
    from dedup.engine.options import CleanOptions, ScanOptions

    bounds = Bounds(min_jaccard, min_containment, min_shared)
    cleaning = CleanOptions(model, sites, favor, keep_labels)
    options = ScanOptions(
        clean=clean,
        bounds=bounds,
        keep=keep,
        cluster_on=cluster_on,
        passages=passages,
        workers=workers,
        memory=memory,
        cleaning=cleaning,
    )
    return run(as_documents(documents), options, progress)


def check(
    documents: Iterable[Source],
    *,
    index: Index | str | Path | None = None,
    add: bool = False,
    max_duplicates: str | float | None = None,
    max_excerpts: str | float | None = None,
    max_boilerplate: str | float | None = None,
    min_body_chars: str | float | None = None,
    max_bad_records: str | float | None = None,
    baseline: str | Path | Collection[str] = (),
    accept: bool = False,
    matches: int = 5,
    clean: bool = True,
    min_jaccard: float | None = None,
    min_containment: float | None = None,
    min_shared: int | None = None,
    favor: Favor = "balanced",
    keep_labels: Collection[Label] = (),
    workers: int = 1,
    memory: int = 1 << 31,
    model: Path | None = None,
    sites: Path | None = None,
    progress: Progress | None = None,
) -> CheckData:
    """Tell whether a batch is news: what of it copies what is held, or what came before it in the batch.

    Parameters
    ----------
    documents
        Records or mappings, as `scan` takes them. A mapping with neither text nor page, or with one that is no string,
        is a bad record: counted, told and passed over.
    index
        What is held: an open `Index`, or the folder of one; None checks the batch against itself only.
    add
        Where every gate passes, add what is no duplicate and counts against none, all in one batch. An `Index` must be
        open to write.
    max_duplicates, max_excerpts, max_bad_records
        Gates: how many exact or near copies, excerpts, and bad records there may be. A float is a share of the
        documents, a whole number a number of them; text is read as on the command line (`"5%"`). None is no gate.
    max_boilerplate
        Gate: the share of furniture in a document's characters, 0 to 1, or text (`"60%"`; with `"60%:5%"` one
        document in twenty may have more).
    min_body_chars
        Gate: the characters of a document's text, or text (`"200:1%"`).
    baseline
        Ids of accepted documents, which count in no gate, or a file of them as `dedup check --write-baseline` makes it.
    accept
        Accept what counts against a gate; those rows say `accepted`.
    matches
        Matches told of each document, the best ones.
    clean
        False takes texts as they are.
    min_jaccard, min_containment, min_shared
        What counts as a copy; None for what the index was made for, or the default. See `Bounds`.
    favor, keep_labels, workers, memory, model, sites, progress
        As in `scan`.

    Returns
    -------
    CheckData
        The verdict: `passed`, the `gates`, counts, what was `added`, and `rows`: a `Checked` for each document that
        has a match or counts against a gate.

    Raises
    ------
    UsageError
        An id stands twice, an option makes no sense, an input is no document; the bounds are below those of the
        index; or another process writes to it, and `add` is set.
    InputError
        There is no index, or it is damaged; the baseline is missing or damaged.
    OutputError
        A disk is full; nothing was added.

    Examples
    --------
    >>> import dedup
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> batch = [{"id": "a", "text": story}, {"id": "b", "text": "By Ann. " + story}]
    >>> verdict = dedup.check(batch, clean=False, max_duplicates=0.05)
    >>> verdict.passed, verdict.duplicates
    (False, 1)
    >>> [(row.id, row.matches[0].id, row.matches[0].relation) for row in verdict.rows]
    [('b', 'a', 'near')]
    """
    from dedup.engine.checking import CheckOptions
    from dedup.engine.checking import check as run
    from dedup.engine.gates import Gates
    from dedup.engine.options import CleanOptions, ScanOptions

    gates = Gates.of(
        max_duplicates=max_duplicates,
        max_excerpts=max_excerpts,
        max_boilerplate=max_boilerplate,
        min_body_chars=min_body_chars,
        max_bad_records=max_bad_records,
    )
    options = CheckOptions(gates, _accepted(baseline), accept, add, matches)
    cleaning = CleanOptions(model, sites, favor, keep_labels)
    bad: list[BadRecord] = []
    with _opened(index, write=add) as held:
        bounds = _bounds(held, min_jaccard=min_jaccard, min_containment=min_containment, min_shared=min_shared)
        how = ScanOptions(clean=clean, bounds=bounds, workers=workers, memory=memory, cleaning=cleaning)
        source = as_documents(documents, bad.append)
        outcome = run(source, how, options, held, progress, bad=lambda: (len(bad), bad))
        with outcome.adding():
            return outcome.data


def _accepted(baseline: str | Path | Collection[str]) -> frozenset[str]:
    from dedup.engine.baseline import read_baseline

    return read_baseline(Path(baseline)) if isinstance(baseline, str | Path) else frozenset(baseline)


@contextmanager
def _opened(index: Index | str | Path | None, *, write: bool) -> Iterator[Index | None]:
    """Open an index that is named, and leave one that is open as it is."""
    from dedup.index import Index

    if write and index is None:
        raise UsageError("nothing is named to add to", hint="Give an index")
    if isinstance(index, str | Path):
        with Index.open(Path(index), write=write) as opened:
            yield opened
    else:
        yield index


def _bounds(index: Index | None, **given: Any) -> Bounds:
    """Return the bounds that are given, and for the others those of an index."""
    import msgspec

    known = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(index.bounds if index is not None else Bounds(), **known)


def read(*inputs: str | Path, strict: bool = False) -> Iterator[Document]:
    """Read the documents of files, folders and globs.

    Parameters
    ----------
    inputs
        As on the command line: JSONL, CSV/TSV, HTML, text, Parquet, WARC/WET, also compressed.
    strict
        True stops at the first bad record; False skips it with a warning.

    Raises
    ------
    InputError
        An input is missing or cannot be read.
    RecordError
        A record is bad, where `strict` is set.

    Examples
    --------
    >>> import dedup
    >>> len(list(dedup.read("fixtures/newsroom"))) > 100
    True
    """
    import warnings

    from dedup import corpus

    return corpus.read(
        inputs, strict=strict, on_bad=lambda bad: warnings.warn(f"skipped {bad.where}: {bad.reason}", stacklevel=2)
    )


def as_documents(sources: Iterable[object], on_bad: Callable[[BadRecord], None] | None = None) -> Iterator[Document]:
    """Make documents of mappings; documents stay what they are.

    Parameters
    ----------
    sources
        Documents and mappings.
    on_bad
        Told of each that has neither text nor page, or a field of a wrong type, which is then passed over; None raises.

    Raises
    ------
    UsageError
        One is neither document nor mapping, or is bad; it is named by its id or number.
    """
    from dedup import corpus

    if isinstance(sources, str | bytes | Mapping | Document) or not isinstance(sources, Iterable):
        raise UsageError(f"one {type(sources).__name__} stands where a list of documents is expected", hint="Write [x]")
    fields = corpus.FieldMap()
    for number, source in enumerate(sources, 1):
        if not isinstance(source, Document | Mapping):
            hint = "Give a dedup.Document or a mapping with id and text or html"
            raise UsageError(f"a {type(source).__name__} is no document", where=f"document {number}", hint=hint)
        try:
            if isinstance(source, Document):
                document = _checked(source, f"document {number}")
            else:
                document = corpus.document_of(source, fields, str(source.get("id") or number))
        except UsageError as error:
            if on_bad is None:
                raise
            on_bad(BadRecord(error.where or f"document {number}", error.what))
        else:
            yield document


def _checked(document: Document, where: str) -> Document:
    """Return a document; raise UsageError for what a type checker would have found, and for text that is no Unicode."""
    from dedup.corpus.fields import NAMES

    values: dict[str, object] = {name: getattr(document, name) for name in NAMES}
    for name, value in values.items():
        if not isinstance(value, str) and (value is not None or name == "id"):
            raise UsageError(f"{name} is a {type(value).__name__}", where=where, hint="Give a string")
    if document.text is None and document.html is None:
        raise UsageError("neither text nor html", where=document.id, hint="Give one of them")
    try:
        "".join(value for value in values.values() if isinstance(value, str)).encode()
    except UnicodeEncodeError as error:
        raise UsageError("text with lone surrogates", where=where, hint="Decode it with errors='replace'") from error
    return document
