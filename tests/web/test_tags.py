"""The tags of every page, rendered in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from relance.lib import clock
from relance.web import drawings, words
from relance.web.fil import Life

NOW = datetime(2026, 11, 19, 14, 42, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def drawn(source, language="en", **context):
    with translation.override(language), timezone.override("Europe/Paris"):
        return Template(source).render(Context(context))


def test_an_icon_is_inlined_and_hidden_from_screen_readers():
    html = drawn('{% icon "mail-open" class="tiny" %}')

    assert html.startswith('<svg class="icon tiny" viewBox="0 0 24 24" aria-hidden="true"><path')


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(LookupError):
        drawings.drawing("no-such-icon")
    with pytest.raises(LookupError):
        drawings.drawing("../static/brand/mark")


def test_every_state_has_a_drawing_and_a_word():
    for key, state in (words.STATES | words.VERDICTS).items():
        assert drawings.drawing(state.icon)
        assert str(state.word), key


def test_a_moment_is_told_relatively_with_its_full_date_in_the_title():
    html = drawn("{% ago moment %}", moment=NOW - timedelta(minutes=4))

    assert html == (
        '<time datetime="2026-11-19T14:38:00+00:00" '
        'title="Thursday 19 November 2026, 15:38:00 (Europe/Paris)">4 min ago</time>'
    )


def test_what_never_happened_says_what_the_page_says():
    assert drawn('{% ago moment "never" %}', moment=None) == "never"


def test_an_hour_stands_alone_only_today():
    assert ">15:42</time>" in drawn("{% at moment %}", moment=NOW)
    assert ">Tue 17 Nov, 11:42</time>" in drawn("{% at moment %}", moment=NOW - timedelta(days=2, hours=4))
    assert ">mar. 17 nov., 11:42</time>" in drawn("{% at moment %}", "fr", moment=NOW - timedelta(days=2, hours=4))


def test_names_are_escaped_everywhere():
    hostile = '<script>alert("x")</script>'

    html = drawn("{% avatar name %}{% state name %}{% chip name %}{% verdict name %}{% fil life name %}",
                 name=hostile, life=Life())  # fmt: skip

    assert "<script>" not in html


def test_a_small_thread_says_in_words_what_it_draws():
    life = Life(sent_at=NOW - timedelta(days=2), opened_at=NOW - timedelta(days=1))

    html = drawn("{% fil_mini life %}", life=life)

    assert 'role="img" aria-label="Sent, opened, not clicked"' in html


def test_links_keep_the_filters_of_the_page():
    request = RequestFactory().get("/leads", {"q": "rouv", "after": "xyz"})

    html = drawn('{% querystring_with sort="-name" after=None %}', request=request)

    assert html == "?q=rouv&amp;sort=-name"


def test_a_place_that_does_not_exist_is_not_listed():
    request = RequestFactory().get("/")

    html = drawn('{% nav_item "no-such-page" "Nowhere" "sun" %}{% nav_item "today" "Today" "sun" %}', request=request)

    assert "Nowhere" not in html
    assert 'aria-current="page"' in html


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Your roof", "Your roof."),
        ("Ten minutes ?", "Ten minutes ?"),
        ("Done.", "Done."),
        ("Your r…", "Your r…"),
        ("", ""),
    ],
)
def test_a_text_before_a_sentence_ends_once(text, told):
    assert drawn("{{ text|stopped }}", text=text) == told
