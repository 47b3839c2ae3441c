"""`python -m relance`, the same as the command `relance`."""

from __future__ import annotations

import sys

from relance.ops.cli import main

if __name__ == "__main__":
    sys.exit(main())
