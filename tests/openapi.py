"""docs/openapi.json says what the API does: `python -m tests.openapi` compares, `--write` writes it anew."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.breaking import breaks

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def described() -> str:
    """The description that the code gives of itself, in a stable order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    import django

    django.setup()
    from relance.api import api

    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=2, sort_keys=True, default=str) + "\n"


def main(words: list[str]) -> int:
    now = described()
    if "--write" in words:
        FILE.write_text(now)
        return 0
    if not FILE.exists() or FILE.read_text() != now:
        print("docs/openapi.json is not what the API does: python -m tests.openapi --write, and look at the difference")
        for sentence in breaks(json.loads(FILE.read_text()), json.loads(now)) if FILE.exists() else ():
            print(f"  breaks callers: {sentence}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
