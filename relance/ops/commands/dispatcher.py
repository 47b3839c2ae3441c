"""`relance dispatcher`: sends the mail that is due, in as many processes as the machine can use.

They share the connections of each mailbox; a supervisor starts again the one that dies. `--share 1/2` is one of them.
"""

from __future__ import annotations

import argparse
import os
import sys

from relance.ops import roles
from relance.ops.command import Command, Refused
from relance.ops.supervisor import Role, Supervisor
from relance.ops.surroundings import find_home, require_secret

SETTING = "RELANCE_DISPATCHER_PROCESSES"
MOST = 16


def run(options: argparse.Namespace) -> int:
    """One process in the foreground, or a group of them."""
    require_secret(find_home(options.data))
    processes = 1 if options.share else how_many(options.processes)
    if processes == 1:
        roles.run_dispatcher(options.share or "1/1")
        return 0
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    group = [Role(name=name, argv=argv, environment=environment) for name, argv in dispatchers(processes).items()]
    Supervisor(group, out=sys.stdout).run()
    return 0


def dispatchers(processes: int) -> dict[str, tuple[str, ...]]:
    """The command of each of so many, by its name in the output."""
    if processes == 1:
        return {"dispatcher": command_of("dispatcher", "--share", "1/1")}
    return {
        f"dispatcher {number}": command_of("dispatcher", "--share", f"{number}/{processes}")
        for number in range(1, processes + 1)
    }


def command_of(*words: str) -> tuple[str, ...]:
    """One of our commands, as a process of its own."""
    return (sys.executable, "-m", "relance", *words)


def how_many(asked: int | None) -> int:
    """As the option says, else the setting, else the machine: the database and the relay need a core too."""
    said = str(asked) if asked is not None else os.environ.get(SETTING, "")
    if not said:
        return by_cores(os.cpu_count() or 1)
    if not said.isdecimal() or not 1 <= int(said) <= MOST:
        raise Refused(f"“{said}” dispatcher processes: choose from 1 to {MOST}, with --processes or {SETTING}.")
    return int(said)


def by_cores(cores: int) -> int:
    """One below four cores, where a second gains nothing (decision 28); then one for each two, up to four."""
    return min(4, max(1, cores // 2))


def processes_argument(parser: argparse.ArgumentParser) -> None:
    """`--processes`, here and at `relance up`."""
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help=f"how many processes send, sharing each mailbox's connections (default: {SETTING}, else by the cores)",
    )


def _share(words: str) -> str:
    from relance.mail.outbound.share import share_of

    share_of(words)
    return words


def _arguments(parser: argparse.ArgumentParser) -> None:
    processes_argument(parser)
    parser.add_argument(
        "--share", type=_share, metavar="K/N", help="be process K of N, when something else starts and watches them"
    )


DISPATCHER = Command(
    name="dispatcher",
    summary="Sends the mail that is due",
    run=run,
    arguments=_arguments,
    example="relance dispatcher --processes 2",
)
