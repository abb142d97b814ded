"""The command line: one file per command, each parses, builds objects, then calls.

Commands are loaded when they are called, so `dedup --help` answers at once. stdout carries data, stderr talk and
progress. Exit codes: 0 fine, 1 a gate of a check failed, 2 usage, input, output or configuration error, 130
interrupted, 128 + n ended by signal n.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Never

import click

from dedup import __version__
from dedup.cli.screen import printable
from dedup.config import Check, load_settings
from dedup.errors import DedupError

OK, GATE_FAILED, ERROR, INTERRUPTED = 0, 1, 2, 130

# Command to what `dedup --help` says of it: kept here so that help loads no command.
COMMANDS = {
    "clean": "Strip the furniture: each document with its cleaned text.",
    "scan": "Find who copied what: pairs, clusters and a report.",
    "filter": "Keep one document of each cluster.",
    "explain": "Show why two documents match.",
    "index": "Keep documents that new ones are checked against.",
    "report": "Write what a scan found: as a page, a summary, tables or a network.",
    "check": "Tell whether a batch is news: copies, boilerplate, and an exit code for CI.",
    "train": "Train the classifier on labelled pages.",
    "evaluate": "Measure how well a classifier cleans labelled pages.",
    "fields": "Show which field names are understood.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of this package, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return it."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"dedup.cli.{cmd_name}").command
        _typed_only(command.get_help_option(ctx))
        return command

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return --help."""
        return _typed_only(super().get_help_option(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and the settings for it; a settings file that is wrong does not stand before help."""
        found = super().resolve_command(ctx, args)
        if not (ctx.resilient_parsing or {*found[2]} & {*ctx.help_option_names}):
            ctx.default_map = load_settings({name: _checks(self.get_command(ctx, name)) for name in COMMANDS})
        return found

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the options before the command: --help and --version write."""
        with _pipe_may_close():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        with _pipe_may_close():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _typed_only(option: click.Option | None) -> click.Option | None:
    """Take an option from the command line only: DEDUP_HELP or DEDUP_VERSION are no settings."""
    if option:
        option.allow_from_autoenv = False
    return option


def _checks(command: click.Command | None) -> dict[str, Check]:
    """Give for each option of a command what a value from a settings file has to pass."""
    options = command.params if command else []
    if isinstance(command, click.Group):  # a setting of a group is one of all its commands
        options = [option for own in command.commands.values() for option in own.params]
    return {option.name: _check(option) for option in options if isinstance(option, click.Option) and option.name}


def _check(option: click.Option) -> Check:
    numbers: dict[type, type] = {click.IntRange: int, click.FloatRange: float}
    kind = bool if option.is_flag else numbers.get(type(option.type), str)

    def check(value: object) -> None:
        if not option.multiple:
            check_one(value)
        elif isinstance(value, list):
            for one in value:
                check_one(one)
        else:
            raise ValueError("is no list")

    def check_one(value: object) -> None:
        if type(value) is not kind and (kind, type(value)) != (float, int):
            raise ValueError(f"is no {NAMES_OF_KINDS[kind]}")
        try:
            option.type(value, option)
        except click.BadParameter as error:
            raise ValueError(f"is wrong: {error.message}") from error

    return check


NAMES_OF_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "string"}


@contextmanager
def _pipe_may_close() -> Iterator[None]:
    """End well where the reader of stdout has seen enough (`| head`); click would exit 1."""
    try:
        yield
    except BrokenPipeError:
        give_up_stdout()
        raise click.exceptions.Exit(OK) from None


def give_up_stdout() -> None:
    """Send what is left for stdout nowhere, or Python complains at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "DEDUP", "max_content_width": 100},
    epilog="Settings may also stand in dedup.toml, in [tool.dedup] of pyproject.toml, or in DEDUP_COMMAND_OPTION"
    " variables. Shell completion: see docs/cli.md.",
)
@click.version_option(__version__, prog_name="dedup", allow_from_autoenv=False)
def group() -> None:
    """Strip furniture from syndicated news, and find who copied what."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    sys.exit(run(arguments))


class Stopped(SystemExit):
    """A signal asks the process to end. Raised like KeyboardInterrupt, so that the same is cleaned up."""


def _stop(number: int, frame: object) -> Never:
    for other in (signal.SIGTERM, signal.SIGHUP):  # often sent one after the other: let the cleaning up come to its end
        signal.signal(other, signal.SIG_IGN)
    raise Stopped(128 + number)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _replace_closed_streams()
    try:
        code = group.main(arguments, prog_name="dedup", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        code = _failed(shown.getvalue().rstrip(), ERROR, name="")
    except DedupError as error:
        code = _failed(str(error), ERROR)
    except BrokenPipeError:
        give_up_stdout()
        code = OK
    except OSError as error:
        give_up_stdout()
        code = _failed(f"{error.filename or 'stdout'}: {error.strerror or error}", ERROR)
    except UnicodeEncodeError as error:
        code = _failed(f"stdout: the text cannot be written in {error.encoding}. Set PYTHONIOENCODING=utf-8", ERROR)
    except (click.Abort, KeyboardInterrupt):
        code = _failed("interrupted, nothing half-written was left", INTERRUPTED)
    except Stopped as stop:
        code = _failed("stopped, nothing half-written was left", stop.code)
    return code if isinstance(code, int) else OK


def _failed(message: str, code: object, name: str = "dedup: ") -> object:
    with suppress(OSError):  # the terminal may be gone
        click.echo(name + printable(message, keep="" if name else "\n\t"), err=True)
    return code


def _replace_closed_streams() -> None:
    """Where stdout was closed (`>&-`), let writing to it fail as to a full disk; without stderr nobody is told."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open(encoding="utf8")  # noqa: SIM115 - to read, so that writing fails
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf8")  # noqa: SIM115 - for as long as we live
