#!/usr/bin/env python
"""Django's own commands, for people who know them. `relance --help` lists those of the product."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    execute_from_command_line(sys.argv)
