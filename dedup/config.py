"""Settings from files: `dedup.toml`, or `[tool.dedup]` of `pyproject.toml`, of the folder one stands in or above it.

The nearest file wins, `dedup.toml` before `pyproject.toml` in one folder. Keys are the options of a command without
dashes, in a table named for the command (`[scan]`, or `[tool.dedup.scan]`); keys outside a table hold for every
command that has the option. What stands on the command line, then `DEDUP_COMMAND_OPTION` in the environment, goes
before the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dedup.errors import UsageError

Check = Callable[[object], None]
"""Raises ValueError, with what is wrong, for a value that an option cannot have."""
Commands = Mapping[str, Mapping[str, Check]]
"""Command to option to check."""


def load_settings(commands: Commands, folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """Read the settings that hold in a folder.

    Parameters
    ----------
    commands
        The commands that there are, with their options.
    folder
        Where to look first; None for the current folder.

    Returns
    -------
    dict
        Command to option to value, as click's `default_map` takes it; empty where no file sets anything.

    Raises
    ------
    UsageError
        The settings file cannot be read or is not TOML, a table or key in it is unknown, or a value makes no sense.
    """
    here = (folder or Path.cwd()).absolute()
    for place in (here, *here.parents):
        for path, table in ((place / "dedup.toml", ()), (place / "pyproject.toml", ("tool", "dedup"))):
            settings = _table(path, table) if path.is_file() else None
            if settings is not None:
                return _by_command(settings, commands, path)
    return {}


def _table(path: Path, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Read a table of a file; None where it has none."""
    table: Any = _toml(path)
    for name in names:
        table = table.get(name)
        if table is None:
            return None
        if not isinstance(table, dict):
            raise UsageError(f"'{name}' is not a table", where=str(path), hint=f"Write [{'.'.join(names)}]")
    return dict(table)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"these settings are not TOML: {error}", where=str(path), hint="Correct the file") from error
    except OSError as error:
        raise UsageError(f"these settings cannot be read: {error.strerror}", where=str(path)) from error


def _by_command(table: dict[str, Any], commands: Commands, path: Path) -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {name: {} for name in commands}
    common = {key: value for key, value in table.items() if key not in commands}
    for key, value in common.items():
        if isinstance(value, dict):
            raise UsageError(f"no command is named '{key}'", where=str(path), hint=f"Use {', '.join(commands)}")
        holders = [name for name in commands if _option(key) in commands[name]]
        if not holders:
            raise UsageError(f"no command has an option '{key}'", where=str(path), hint="See the --help of commands")
        for name in holders:
            settings[name][_option(key)] = _checked(key, value, commands[name], path)
    for name in commands.keys() & table.keys():
        settings[name] |= _section(name, table[name], commands[name], path)
    return settings


def _section(name: str, table: Any, options: Mapping[str, Check], path: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError(f"'{name}' is not a table", where=str(path), hint="It is the name of a command")
    for key in table:
        if _option(key) not in options:
            hint = f"See dedup {name} --help"
            raise UsageError(f"'{name}' has no option '{key}'", where=str(path), hint=hint)
    return {_option(key): _checked(f"{name}.{key}", value, options, path) for key, value in table.items()}


def _checked(key: str, value: object, options: Mapping[str, Check], path: Path) -> object:
    try:
        options[_option(key.rpartition(".")[2])](value)
    except ValueError as error:
        raise UsageError(f"'{key}' {error}", where=str(path), hint="Correct the value") from error
    return value


def _option(key: str) -> str:
    return key.replace("-", "_")
