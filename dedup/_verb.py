"""Lets a room of the house be called like the verb it is named for.

`dedup.clean` is a package, and by the contract of the API also a function: `dedup.clean(documents)`. Were the name
bound to a function, `import dedup.clean.blocks as blocks` would break, so the package itself is made callable
(Python's data model, "Customizing module attribute access").
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    """A module that, when called, calls the function of `dedup.api` that has the last part of its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        verb = getattr(importlib.import_module("dedup.api"), self.__name__.rpartition(".")[2])
        return verb(*args, **kwargs)


def make_callable(module: str) -> None:
    """Make an imported module callable."""
    sys.modules[module].__class__ = _Verb
