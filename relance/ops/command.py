"""What a command of `relance` is, and how it says no."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Refused(Exception):
    """The command cannot do what was asked; the sentence says why and what to do. Exit code 1."""


def shared() -> argparse.ArgumentParser:
    """The words that every command and every verb below it understands."""
    words = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    words.add_argument("--data", type=Path, metavar="DIR", help="the data folder (default: RELANCE_HOME)")
    return words


def no_arguments(_parser: argparse.ArgumentParser) -> None:
    """For a command that takes no words of its own."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One word after `relance`. `run` gives the exit code."""

    name: str
    summary: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments
    example: str = ""
    hidden: bool = False
