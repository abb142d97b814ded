"""Texts to sketches on disk, beside whatever hands the texts over."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from dedup import match, sketch
from dedup.engine.options import ScanOptions
from dedup.engine.work import Work
from dedup.sketch import Packed


class Sketching:
    """Sketches texts in a thread of its own while more are added.

    Parameters
    ----------
    sketched
        Where the sketches go; what it has of an earlier run goes.
    options
        Workers and memory.
    work
        The scan's folder, which errors of the disk name.
    """

    def __init__(self, sketched: match.Sketched, options: ScanOptions, work: Work) -> None:
        self._work = work
        with work.told():
            self._sketched = sketched.clear()
        workers = max(1, options.workers - 1)  # one core is with what hands the texts over
        self._sketcher = sketch.Sketcher(workers)
        # A slice for each core. Their arrays take up to 8 times the text.
        self._most = min(workers * sketch.SLICE, options.memory // 32)
        self._texts: list[bytes] = []
        self._size = 0
        self._pool = ThreadPoolExecutor(1)
        self._at_work: Future[None] | None = None

    def __enter__(self) -> Sketching:
        return self

    def add(self, texts: Iterable[bytes]) -> None:
        """Take in the texts of the next documents, in UTF-8."""
        for text in texts:
            self._texts.append(text)
            self._size += len(text)
            if self._size >= self._most:
                self._send()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._pool:
            if kind is None:
                self._send()
                self._wait()
                with self._work.told():
                    self._sketched.save()

    def _send(self) -> None:
        """Have what was gathered sketched; wait for what was sent before, so that memory holds two lots at most."""
        self._wait()
        self._at_work = self._pool.submit(self._run, self._texts)
        self._texts, self._size = [], 0

    def _run(self, texts: list[bytes]) -> None:
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        packed = Packed(np.frombuffer(b"".join(texts), np.uint8), ends)
        sketches = self._sketcher.sketch(packed)
        with self._work.told():
            self._sketched.add(sketches)

    def _wait(self) -> None:
        if self._at_work is not None:
            self._at_work.result()
