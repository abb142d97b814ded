"""Texts as one buffer of bytes, the form in which kernels take them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Lone surrogates, which broken JSON escapes leave in texts, go through and back; the kernels take them as separators.
SURROGATES = "surrogatepass"


@dataclass(frozen=True)
class Packed:
    """Texts of documents, one after the other in UTF-8."""

    data: NDArray[np.uint8]
    """All bytes."""
    offsets: NDArray[np.int64]
    """Shape (documents + 1,): where each document starts, and the end."""

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each document, shape (documents,)."""
        return np.diff(self.offsets)

    def text(self, document: int) -> str:
        """Return the text of one document."""
        return self.encoded(document).decode("utf-8", SURROGATES)

    def encoded(self, document: int) -> bytes:
        """Return the bytes of one document."""
        return bytes(self.data[self.offsets[document] : self.offsets[document + 1]])

    def spans(self, documents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return first byte and end of documents, shape (n, 2)."""
        return np.stack([self.offsets[documents], self.offsets[documents + 1]], axis=1)


def pack(texts: Iterable[str]) -> Packed:
    """Pack texts into one buffer; each is let go as soon as it is in."""
    data, ends = bytearray(), [0]
    for text in texts:
        data += text.encode("utf-8", SURROGATES)
        ends.append(len(data))
    return Packed(np.frombuffer(data, np.uint8), np.array(ends, np.int64))
