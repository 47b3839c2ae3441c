"""The lock files: hashed, without an address or a path of anybody's machine, and in step with pyproject.toml."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("main.lock", "dev.lock")
LINE = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong, as sentences."""
    found = []
    texts = {name: (root / "requirements" / name).read_text() for name in LOCKS}
    for name, text in texts.items():
        strange = [line for line in text.splitlines() if not LINE.fullmatch(line)]
        found += [f"{name} holds a line that is neither a pin nor a hash: {line}" for line in strange[:3]]
    pins = {name: dict(PIN.findall(text)) for name, text in texts.items()}
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    found += _missing("main.lock", pins["main.lock"], project["dependencies"])
    found += _missing("dev.lock", pins["dev.lock"], project["dependencies"] + project["optional-dependencies"]["dev"])
    apart = [name for name, version in pins["main.lock"].items() if pins["dev.lock"].get(name) != version]
    return found + [f"{name} differs between the locks" for name in apart]


def _missing(lock: str, pins: dict[str, str], wanted: list[str]) -> list[str]:
    names = [re.sub(r"[._]+", "-", NAME.match(each).group()).lower() for each in wanted]
    return [f"{name} is not in {lock}: run `make lock`" for name in names if name not in pins]


if __name__ == "__main__":
    for problem in problems():
        print(problem)
    sys.exit(1 if problems() else 0)
