"""Pieces of pages that are drawn once, and sortable heads."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.utils import translation

pytestmark = pytest.mark.shows("REC-05")


def rendered(template, language="en", **context):
    with translation.override(language):
        return template.render(Context(context))


def test_a_piece_is_drawn_once_for_the_values_it_names():
    template = Template("{% kept right %}{{ right }} {{ unnamed }}{% endkept %}")
    rendered(template, right=True, unnamed="first")

    assert rendered(template, right=True, unnamed="second") == "True first"
    assert rendered(template, right=False, unnamed="second") == "False second"


def test_a_piece_is_drawn_for_each_language():
    template = Template("{% kept %}{% translate 'Search' context 'noun' %}{% endkept %}")
    english = rendered(template)

    assert (english, rendered(template, "fr")) == ("Search", "Recherche")


def test_what_people_wrote_stays_escaped_in_a_piece():
    template = Template("{% kept name %}{{ name }}{% endkept %}")

    assert rendered(template, name="<b>") == rendered(template, name="<b>") == "&lt;b&gt;"


def test_a_developer_sees_each_change_at_once():
    template = Template("{% kept %}{{ text }}{% endkept %}")
    rendered(template, text="old")

    with override_settings(DEBUG=True):
        assert rendered(template, text="new") == "new"


def test_only_so_many_drawings_are_kept():
    template = Template("{% kept number %}{{ number }}{% endkept %}")
    piece = template.nodelist[0]

    for number in range(450):
        rendered(template, number=number)

    assert len(piece.drawn) <= 200


def test_what_is_fresh_in_a_piece_is_drawn_for_every_page():
    template = Template("{% kept %}<b>{{ kept }}</b>{% fresh %}{{ today }}{% endfresh %}.{% endkept %}")
    rendered(template, kept="once", today="Monday")

    assert rendered(template, kept="twice", today="<Tuesday>") == "<b>once</b>&lt;Tuesday&gt;."


def test_a_fresh_part_of_a_piece_in_a_piece_stays_fresh():
    template = Template("{% kept %}a{% kept %}b{% fresh %}{{ day }}{% endfresh %}{% endkept %}c{% endkept %}")
    rendered(template, day="Monday")

    assert rendered(template, day="Tuesday") == "abTuesdayc"


def test_a_piece_for_one_reader_is_kept_for_nobody_else_and_for_nobody_unknown():
    template = Template("{% kept for=reader %}{{ name }}{% endkept %}")
    rendered(template, reader="7", name="Ada")

    assert rendered(template, reader="7", name="Zoe") == "Ada"
    assert rendered(template, reader="8", name="Zoe") == "Zoe"
    assert rendered(template, reader="", name="Ada") == "Ada"
    assert rendered(template, reader="", name="Zoe") == "Zoe"


@pytest.mark.parametrize(
    ("sort", "href", "told"),
    [
        ("city", "?q=a%26b&amp;sort=name", ""),
        ("name", "?q=a%26b&amp;sort=-name", 'aria-sort="ascending"'),
        ("-name", "?q=a%26b&amp;sort=name", 'aria-sort="descending"'),
    ],
)
def test_a_head_sorts_keeps_the_search_and_forgets_the_page(sort, href, told):
    request = RequestFactory().get("/contacts", {"q": "a&b", "sort": sort, "after": "x"})

    html = rendered(Template("{% sort_head 'name' label %}"), label="<Name>", request=request, sort=sort)

    assert f'href="{href}"' in html
    assert told in html
    assert ("aria-sort" in html) == bool(told)
    assert html.endswith("&lt;Name&gt;</a></th>")
