"""Everything dedup raises on purpose.

Two families, as in h11: *you* did wrong (`UsageError`, `MissingExtraError`), or *the data* is wrong
(`InputError`, `RecordError`). A third belongs to the machine (`OutputError`). Each message says what happened,
where (file, `file:line` or document id), and what to do next. Bad records are not raised but counted
(`records.BadRecord`), unless the caller asked to stop on them; then they come as `RecordError`.
"""

from __future__ import annotations


class DedupError(Exception):
    """Base of all errors that dedup raises on purpose.

    Parameters
    ----------
    what
        What happened, one sentence without a full stop.
    where
        The file, `file:line` or document id it happened at.
    hint
        What to do next, one sentence without a full stop.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class UsageError(DedupError):
    """An option, setting or argument that makes no sense."""


class MissingExtraError(DedupError):
    """An optional dependency is not installed; the hint names the extra.

    Parameters
    ----------
    extra
        The extra of the distribution that brings it, e.g. ``"parquet"``.
    what
        What needs it.
    where
        The file it was needed for.
    """

    def __init__(self, extra: str, what: str, *, where: str | None = None) -> None:
        self.extra = extra
        super().__init__(what, where=where, hint=f"Install it with: pip install 'newsdedup[{extra}]'")


class InputError(DedupError):
    """An input that cannot be read at all."""


class RecordError(InputError):
    """A bad record, where the caller asked to stop on the first one."""


class OutputError(DedupError):
    """An output that cannot be written; nothing half-written is left behind."""


class ModelError(DedupError):
    """A model file that is damaged or of another version."""
