"""Settings from files: `dedup.toml`, or `[tool.dedup]` of `pyproject.toml`, of the folder one stands in or above it.

The nearest file wins, `dedup.toml` before `pyproject.toml` in one folder. Keys are the options of a command without
dashes, in a table named for the command (`[scan]`, or `[tool.dedup.scan]`); keys outside a table hold for every
command. What stands on the command line, then `DEDUP_COMMAND_OPTION` in the environment, goes before the file.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from dedup.errors import UsageError


def load_settings(folder: Path | None = None) -> dict[str, Any]:
    """Read the settings that hold in a folder.

    Returns
    -------
    dict
        Command to option to value, as click's `default_map` takes it; empty where no file sets anything.

    Raises
    ------
    UsageError
        The settings file is not TOML, or not a table of tables; it is named.
    """
    here = (folder or Path.cwd()).absolute()
    for place in (here, *here.parents):
        settings = _own_file(place) or _project_table(place)
        if settings is not None:
            return settings
    return {}


def _own_file(folder: Path) -> dict[str, Any] | None:
    path = folder / "dedup.toml"
    return _by_command(_toml(path), path) if path.is_file() else None


def _project_table(folder: Path) -> dict[str, Any] | None:
    path = folder / "pyproject.toml"
    if not path.is_file():
        return None
    table = _toml(path).get("tool", {}).get("dedup")
    return _by_command(table, path) if table is not None else None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"these settings are not TOML: {error}", where=str(path), hint="Correct the file") from error
    except OSError as error:
        raise UsageError(f"these settings cannot be read: {error.strerror}", where=str(path)) from error


def _by_command(table: Any, path: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError("the settings of dedup are not a table", where=str(path), hint="Write [tool.dedup]")
    common = {key.replace("-", "_"): value for key, value in table.items() if not isinstance(value, dict)}
    commands = ("clean", "scan", "filter", "explain", "fields")
    named = {name: table.get(name, {}) for name in commands}
    unknown = sorted(key for key, value in table.items() if isinstance(value, dict) and key not in commands)
    if unknown:
        raise UsageError(f"no command is named {unknown[0]!r}", where=str(path), hint=f"Use {', '.join(commands)}")
    return {name: common | {key.replace("-", "_"): value for key, value in own.items()} for name, own in named.items()}
