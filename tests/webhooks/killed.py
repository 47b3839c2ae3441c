"""A courier in a process of its own, so that a test can kill it: `python -m tests.webhooks.killed`."""

from __future__ import annotations

import os
import threading


def main() -> None:
    """Deliver until killed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    django.setup()
    from relance.webhooks.courier import Courier

    Courier(look=0.05).run(threading.Event())


if __name__ == "__main__":
    main()
