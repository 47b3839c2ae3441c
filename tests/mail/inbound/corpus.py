"""Real mail to test with, kept beside the repository and never copied into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4] / "shared" / "corpora"
needs_corpus = pytest.mark.skipif(not ROOT.is_dir(), reason="the collection of real mail is not beside the repository")


def bounces() -> Iterator[tuple[str, bytes, dict]]:
    folder = ROOT / "bounces"
    for name, label in json.loads((folder / "labels.json").read_text()).items():
        yield name, (folder / name).read_bytes(), label


def files(folder: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / folder).iterdir()) if path.suffix in (".eml", ".txt"))
