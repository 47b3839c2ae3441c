#!/usr/bin/env python3
"""Django's own commands, for people who know them; `relance` is the command of the product."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
