"""Which copy comes first: the order in which documents become heads, and so which copy is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.records import Keep

# ISO 8601 leaves out what is not known, from the right; `datetime` wants month and day.
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"\d{4}-\d{2}")
_UNKNOWN = float("inf")


def published_instant(published: str | None) -> float | None:
    """Return the instant of an ISO 8601 time in seconds since 1970.

    Times without an offset count as UTC, dates without a time as their first instant; None where there is no time or
    it cannot be read.
    """
    text = (published or "").strip()
    if _YEAR.fullmatch(text):
        text += "-01-01"
    elif _MONTH.fullmatch(text):
        text += "-01"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def priority(
    ids: Sequence[str],
    published: Sequence[str | None],
    lengths: NDArray[np.int64],
    agencies: Sequence[str | None],
    keep: Keep,
) -> NDArray[np.int64]:
    """Rank documents by the copy that is to be kept.

    `earliest`: by time of publication, unknown ones last; `longest`: by length; `agency`: those that credit an agency,
    then as `earliest`; `first`: by place in the input. Ties go to the earlier, then the longer, then the lower id, so
    that (but for `first`) the order of the input does not matter.

    Parameters
    ----------
    ids, published, agencies
        Of each document.
    lengths
        Shape (documents,), in any unit.
    keep
        The rule.

    Returns
    -------
    NDArray[np.int64]
        Shape (documents,): 0 for the document to be taken first.
    """
    if keep == "first":
        return np.arange(len(ids))
    instants = (published_instant(time) for time in published)
    since = np.fromiter((_UNKNOWN if one is None else one for one in instants), np.float64, len(ids))
    rule: NDArray[Any] = since
    if keep == "longest":
        rule = -lengths
    elif keep == "agency":
        rule = np.array([not agency for agency in agencies], bool)
    keys = (-lengths, since, rule)
    order = np.lexsort(keys)
    alike = np.flatnonzero(np.all([key[order[1:]] == key[order[:-1]] for key in keys], axis=0))
    for tied in np.split(alike, np.flatnonzero(np.diff(alike) > 1) + 1) if len(alike) else ():
        own = slice(tied[0], tied[-1] + 2)
        order[own] = sorted(order[own].tolist(), key=lambda d: (ids[d], d))
    rank = np.empty(len(ids), np.int64)
    rank[order] = np.arange(len(ids))
    return rank
