"""The process that only sends knows the whole house but its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.apps import apps

from relance.config import dispatcher

LOOK = """
import json, sys, django
django.setup()
from django.apps import apps
import relance.mail.jobs, relance.schedule
print(json.dumps([sorted(sys.modules), sorted(model._meta.label for model in apps.get_models())]))
"""


@pytest.mark.shows("M1")
def test_the_dispatcher_starts_without_what_pages_are_made_of_and_knows_every_table_of_ours():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": dispatcher.__name__}

    told = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)

    loaded, models = json.loads(told.stdout)
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith("relance.")}
    assert not {"ninja", "pydantic", "allauth", "relance.config.urls", "relance.api"} & set(loaded)
    assert ours <= set(models)
