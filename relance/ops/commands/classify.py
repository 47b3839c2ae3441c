"""`relance classify`: what a mail is, by the rules that the product goes by; no database is needed."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from relance.mail.inbound.told import tell
from relance.ops.command import Command, Refused


def run(options: argparse.Namespace) -> int:
    """One mail from the standard input, or a line for each file of a folder."""
    now = datetime.now(UTC)
    if options.batch is None:
        print(json.dumps(tell(sys.stdin.buffer.read(), now=now), ensure_ascii=False, indent=2))
        return 0
    if not options.batch.is_dir():
        raise Refused(f"{options.batch} is no folder. Name one that holds mails, a file each.")
    for path in sorted(path for path in options.batch.iterdir() if path.is_file()):
        told = {"file": path.name, **tell(path.read_bytes(), now=now)}
        print(json.dumps(told, ensure_ascii=False), flush=True)
    return 0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=Path, metavar="DIR", help="every file of a folder, one JSON line each")


CLASSIFY = Command(
    name="classify",
    summary="Say what a mail is: bounce, automatic answer, reply, complaint, other",
    run=run,
    arguments=arguments,
    example="relance classify < mail.eml",
)
