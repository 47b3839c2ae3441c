"""The command `relance`: reads the words, and hands over to one file of relance/ops/commands."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

from relance.ops.cluster import ClusterError
from relance.ops.command import Command, Refused, shared
from relance.ops.commands.backup import BACKUP, RESTORE
from relance.ops.commands.classify import CLASSIFY
from relance.ops.commands.clock import CLOCK
from relance.ops.commands.dispatcher import DISPATCHER
from relance.ops.commands.doctor import DOCTOR
from relance.ops.commands.healthy import HEALTHY
from relance.ops.commands.migrate import ASSETS, MIGRATE
from relance.ops.commands.roles import EDGE, WEB, WORKER, WORLD
from relance.ops.commands.up import DEMO, UP
from relance.ops.commands.user import TOKEN, USER
from relance.ops.surroundings import read_environment

GROUPS: dict[str, tuple[Command, ...]] = {
    "Everything on this machine": (UP, DEMO),
    "One role, for several machines": (WEB, EDGE, WORKER, DISPATCHER, WORLD),
    "Care": (DOCTOR, MIGRATE, BACKUP, RESTORE, CLASSIFY, ASSETS, HEALTHY),
    "People and time": (USER, TOKEN, CLOCK),
}
# How many new objects are awaited before garbage is looked for: with Python's own 700, a sixth of a start goes into it.
ROOMY = (50_000, 20, 50)
CLOSING = """\
Settings come from the environment: DATABASE_URL (a PostgreSQL of your own; without it
Relance runs one itself), RELANCE_HOME (the data folder), RELANCE_URL and
RELANCE_EDGE_URL (the public addresses), RELANCE_SECRET_KEY or RELANCE_SECRET_KEY_FILE,
RELANCE_DISPATCHER_PROCESSES (how many processes send).
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; refusals are one sentence on the error output."""
    gc.set_threshold(*ROOMY)
    options = parser().parse_args(words)
    try:
        read_environment()
        code: int = options.run(options)
    except (Refused, ClusterError) as problem:
        print(f"relance: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """The whole language of the command line."""
    top = argparse.ArgumentParser(
        prog="relance",
        usage="relance COMMAND [options]",
        description=overview(),
        epilog=CLOSING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = top.add_subparsers(prog="relance", metavar="COMMAND", help=argparse.SUPPRESS, required=True)
    for command in every_command():
        _add(words, command)
    return top


def every_command() -> list[Command]:
    return [command for group in GROUPS.values() for command in group]


def overview() -> str:
    """The commands by group, with examples: what `relance --help` shows."""
    lines = ["Relance, a self-hosted CRM for sales teams who work by e-mail."]
    for title, commands in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {command.name:<12}{command.summary}" for command in commands if not command.hidden]
    lines += ["", "Examples:", *(f"  {command.example}" for command in every_command() if command.example)]
    return "\n".join(lines)


def _add(words: argparse._SubParsersAction[argparse.ArgumentParser], command: Command) -> None:
    example = f"Example: {command.example}" if command.example else None
    own = words.add_parser(command.name, description=f"{command.summary}.", epilog=example, parents=[shared()])
    command.arguments(own)
    own.set_defaults(run=command.run, data=None)
