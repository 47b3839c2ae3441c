"""The language of the demo: the machine's or the one asked for, and the same stories in each."""

import pytest

from relance.ops import cli, demo_deals
from relance.ops.commands import up
from relance.ops.demo_words import ENGLISH, FRENCH, spoken

pytestmark = pytest.mark.shows("ADM-06")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr_BE:nl_BE"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
    ],
)
def test_the_demo_speaks_the_language_of_the_machine(environment, language):
    assert spoken(environment) == language


def test_who_starts_the_demo_may_choose_its_language(monkeypatch):
    begun = []
    monkeypatch.setattr(up, "_run", lambda options, demo: begun.append(demo) or 0)
    monkeypatch.setenv("LANGUAGE", "fr")

    assert cli.main(["demo"]) == cli.main(["demo", "--language", "en"]) == 0
    assert begun == ["fr", "en"]


def test_the_stories_of_the_deals_are_the_same_in_each_language():
    english, french = (list(demo_deals.stories(40, 5, words)) for words in (ENGLISH, FRENCH))

    assert [(one.amount, one.waits, one.ends) for one in english] == [
        (one.amount, one.waits, one.ends) for one in french
    ]
    assert all(one.name.endswith("kWc") for one in french)
    assert all(one.name.endswith("kWp") for one in english)
    assert ENGLISH.sources.keys() == FRENCH.sources.keys()
