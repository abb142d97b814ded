"""The command line: one file per command, each parses, builds objects, then calls.

Commands are loaded when they are called, so `dedup --help` answers at once. stdout carries data, stderr talk and
progress. Exit codes: 0 fine, 1 a gate failed, 2 usage, input or configuration error, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from dedup import __version__
from dedup.config import load_settings
from dedup.errors import DedupError

OK, GATE_FAILED, ERROR, INTERRUPTED = 0, 1, 2, 130

# Command to what `dedup --help` says of it: kept here so that help loads no command.
COMMANDS = {
    "clean": "Strip the furniture: each document with its cleaned text.",
    "scan": "Find who copied what: pairs, clusters and a report.",
    "filter": "Keep one document of each cluster.",
    "explain": "Show why two documents match.",
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
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. That the reader of stdout has seen enough (`| head`) is no error; click would exit 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at exit
            return OK

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "DEDUP", "max_content_width": 100},
    epilog="Settings may also stand in dedup.toml, in [tool.dedup] of pyproject.toml, or in DEDUP_COMMAND_OPTION"
    " variables. Shell completion: see docs/cli.md.",
)
@click.version_option(__version__, prog_name="dedup")
@click.pass_context
def group(context: click.Context) -> None:
    """Strip furniture from syndicated news, and find who copied what."""
    context.default_map = load_settings()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = group.main(arguments, prog_name="dedup", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return ERROR
    except DedupError as error:
        click.echo(f"dedup: {error}", err=True)
        return ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("dedup: interrupted, nothing half-written was left", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else OK
