"""Compile the translations with no tool but Babel: `python -m relance.ops.catalogues`."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_all(locale: Path = LOCALE) -> list[Path]:
    """Write the .mo beside each .po that is newer, fuzzy entries left out; gives the files written."""
    stale = [source for source in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    return [_compile(source) for source in stale]


def _is_stale(source: Path) -> bool:
    product = source.with_suffix(".mo")
    return not product.exists() or product.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    with source.open("rb") as text:
        catalogue = read_po(text)
    product = source.with_suffix(".mo")
    with product.open("wb") as binary:
        write_mo(binary, catalogue)
    return product


if __name__ == "__main__":
    for written in compile_all():
        print(f"· Compiled {written.relative_to(LOCALE.parent.parent)}")
