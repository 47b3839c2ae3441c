"""The style guide, in debug only: every component in every state, in the theme of one's choice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from relance.lib import clock
from relance.web import words
from relance.web.charts import Column, Part
from relance.web.fil import Life


class ExampleForm(forms.Form):
    """One field of each shape."""

    name = forms.CharField(label="Name")
    address = forms.EmailField(label="Reply address")
    zone = forms.ChoiceField(label="Time zone", choices=[("p", "Europe/Paris"), ("l", "Europe/London")])
    look = forms.ChoiceField(
        label="When", widget=forms.RadioSelect, choices=[("now", "Now"), ("later", "Later"), ("never", "Not yet")]
    )
    follow = forms.BooleanField(label="Follow this mail", help_text="Openings and clicks, by consent", required=False)
    now = forms.BooleanField(label="Acts at once", help_text="A switch is not saved later", required=False)
    way = forms.ChoiceField(
        label="Which version", widget=forms.RadioSelect, choices=[("keep", "Keep version 3"), ("move", "Move to 4")]
    )
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)


def page(request: HttpRequest) -> HttpResponse:
    """All components; `?theme=dark` shows the other light."""
    theme = request.GET.get("theme", "")
    return render(request, "styleguide/page.html", {"theme": theme, **_examples(clock.now())})


def _examples(now: datetime) -> dict[str, object]:
    lives = _lives(now)
    return {
        "form": ExampleForm(ANSWERS),
        "lives": lives,
        "states": list(words.STATES),
        "moments": {
            "minutes": now - timedelta(minutes=4),
            "hours": now - timedelta(hours=3),
            "yesterday": now - timedelta(days=1),
            "days": now - timedelta(days=4),
            "date": now - timedelta(days=40),
        },
        "parts": [
            [Part(word="Delivered", count=1174), Part(word="not delivered", count=23, tone="c4")],
            [
                Part(word="Opened", count=371),
                Part(word="Not opened", count=241, tone="c2"),
                Part(word="Not tracked", count=562, tone="c5"),
            ],
            [Part(word="Clicked", count=116, tone="c3"), Part(word="Not clicked", count=496, tone="c5")],
        ],
        "hours": [Column(word=str(hour), values=values) for hour, values in HOURS.items()],
        "tones": ["c1", "c2", "c5"],
        "curve": [8, 4, 12, 8, 16, 4, 4, 12, 20, 16, 24, 38],
        "rows": [
            {"name": name, "company": company, "state": state, "life": lives[life][1], "opens": opens}
            for name, company, state, life, opens in ROWS
        ],
        "steps": [
            {"label": "Organisation", "href": "#a11", "done": True},
            {"label": "You", "here": True},
            {"label": "Sending", "done": False},
        ],
    }


ANSWERS = {
    "name": "West warehouses", "address": "camille@helionne", "look": "now", "way": "keep", "zone": "p", "follow": "on",
}  # fmt: skip
HOURS: dict[int, tuple[int, int, int]] = {
    9: (14, 4, 32), 10: (38, 9, 28), 11: (41, 8, 16), 12: (29, 7, 9), 13: (22, 5, 4), 14: (31, 6, 3), 15: (34, 8, 2),
}  # fmt: skip


ROWS = (
    ("Antoine Guillou", "Bretagne Frigo", "valid", 2, 6),
    ("Lucie Pasquier", "Moulins Guérin", "opted_out", 4, 4),
    ("Dirk Vermeulen", "Vermeulen Bouw", "bounced", 6, 0),
)


def _lives(now: datetime) -> list[tuple[str, Life]]:
    sent, before = now - timedelta(days=2), now - timedelta(days=1)
    return [
        ("scheduled", Life(scheduled_at=now + timedelta(days=2))),
        ("sent, not opened", Life(sent_at=sent)),
        ("opened just now", Life(sent_at=sent, opened_at=now - timedelta(minutes=4))),
        ("machine only", Life(sent_at=sent, machine_only=True)),
        ("clicked", Life(sent_at=sent, opened_at=before, clicked_at=before)),
        ("replied", Life(sent_at=sent, opened_at=before, clicked_at=before, replied_at=before)),
        ("bounced", Life(sent_at=sent, bounced_at=before)),
        ("not tracked", Life(sent_at=sent, tracked=False, replied_at=before)),
    ]
