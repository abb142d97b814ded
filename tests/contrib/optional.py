"""What to do where a library or program that a test is about is not installed."""

import importlib
import os

import pytest


def missing(reason):
    """Skip the test; in CI, which installs everything, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def needed(module):
    """Import a library that a test is about."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return missing(f"{module} is not installed (it comes with newsdedup[dev])")
