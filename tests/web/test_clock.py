"""The demo's clock on its page."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from relance.lib import clock
from relance.ops.travel import travel
from relance.team.models import Organisation
from relance.team.workspace import advance_clock

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-06")]


@pytest.fixture
def demo(client):
    from relance.team.actions import add_user

    Organisation.objects.update_or_create(pk=1, defaults={"workspace": "demo"})
    client.force_login(add_user(email="demo@helionne.example", name="Demo", role="administrator"))
    return client


def test_a_production_workspace_has_no_such_page(demo):
    Organisation.objects.update(workspace="production")

    assert demo.get("/clock").status_code == 404


def test_a_button_lets_time_pass_in_the_background(demo):
    demo.post("/clock", {"advance": "1d"})

    job = ProcrastinateJob.objects.get(task_name="relance.travel")
    assert job.args == {"seconds": 86_400.0}


def test_an_unknown_span_moves_nothing(demo):
    demo.post("/clock", {"advance": "100y"})

    assert not ProcrastinateJob.objects.exists()


def test_the_clock_can_return(demo):
    advance_clock(timedelta(days=2))

    demo.post("/clock", {"reset": "1"})

    assert clock.offset() == timedelta(0)


def test_travelling_arrives_where_it_was_told(demo):
    offsets = list(travel(timedelta(days=3)))

    assert offsets[-1] == timedelta(days=3) == clock.offset()


def test_time_waits_for_mail_that_is_on_its_way(demo, monkeypatch):
    waits = []
    monkeypatch.setattr("relance.ops.travel.time.sleep", waits.append)
    message = on_its_way()
    monkeypatch.setattr("relance.ops.travel.MOST_WAITS", 3)

    list(travel(timedelta(hours=1)))
    waited, waits[:] = len(waits), []
    message.delete()
    list(travel(timedelta(hours=1)))

    assert (waited, len(waits)) == (3, 0)


def on_its_way():
    from tests.mail.outbound.engine import launched, mailbox

    return launched(mailbox(2525), 1)
