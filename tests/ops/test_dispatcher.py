"""The processes that only send: how many, and that each knows the whole house but its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.apps import apps

from relance.config import dispatcher
from relance.ops.command import Refused
from relance.ops.commands.dispatcher import SETTING, by_cores, dispatchers, how_many

LOOK = """
import json, sys, django
django.setup()
from django.apps import apps
import relance.mail.jobs, relance.schedule
print(json.dumps([sorted(sys.modules), sorted(model._meta.label for model in apps.get_models())]))
"""


@pytest.mark.slow
@pytest.mark.shows("M1")
def test_the_dispatcher_starts_without_what_pages_are_made_of_and_knows_every_table_of_ours():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": dispatcher.__name__}

    told = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)

    loaded, models = json.loads(told.stdout)
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith("relance.")}
    assert not {"ninja", "pydantic", "allauth", "relance.config.urls", "relance.api"} & set(loaded)
    assert ours <= set(models)


def test_there_are_as_many_processes_as_the_cores_can_feed():
    assert [by_cores(cores) for cores in (1, 2, 3, 4, 6, 64)] == [1, 1, 1, 2, 3, 4]


def test_the_option_says_how_many_then_the_setting(monkeypatch):
    monkeypatch.setenv(SETTING, "3")

    assert how_many(None) == 3
    assert how_many(1) == 1


@pytest.mark.parametrize("said", ["0", "17", "two", "-1"])
def test_a_number_of_processes_that_cannot_be_is_refused_with_a_sentence(monkeypatch, said):
    monkeypatch.setenv(SETTING, said)

    with pytest.raises(Refused, match="choose from 1 to 16"):
        how_many(None)


def test_each_process_is_told_its_share():
    words = [" ".join(command[3:]) for command in dispatchers(2).values()]

    assert words == ["dispatcher --share 1/2", "dispatcher --share 2/2"]
