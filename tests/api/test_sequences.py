"""The whole story of a sequence through the API alone: define, try, enrol, follow, change, repair, end."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.lib import clock
from relance.mail.models import Mailbox, Recipient
from relance.mail.transport.fake import FakeRelay
from relance.sequences.running import resume_due
from relance.team.actions import add_user
from relance.team.models import Organisation
from tests.api.conftest import Caller
from tests.mail.outbound.engine import dispatcher
from tests.sequences.conftest import set_clock
from tests.sequences.story import Story, jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("API-01")]
NOW = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)  # a Thursday
DAY = timedelta(days=1)


@pytest.fixture
def told(call):
    call("PATCH", "/organisation", {"tracking": "track_by_default", "time_zone": "Europe/Paris"})
    Organisation.objects.update(workspace="test")  # whose clock may be moved
    with FakeRelay() as relay:
        set_clock(NOW)
        with dispatcher():
            yield Story(relay)
    clock.forget()


@pytest.fixture
def box(call, told):
    new = {"name": "Ventes", "address": "ventes@helionne.example", "host": "127.0.0.1", "port": told.relay.port}
    made = call("POST", "/mailboxes", {**new, "security": "none", "is_default": True}).json()
    call("POST", f"/mailboxes/{made['id']}/test")
    return made["id"]


def a_template(call, name):
    new = {"name": name, "language": "fr", "subject": f"{name}, {{Person.firstName}}", "html": "<p>Bonjour</p>"}
    return call("POST", "/templates", {**new, "shared": True}).json()["id"]


def a_lead(call, name, **values):
    return call("POST", "/leads", {"first_name": name, "emails": [f"{name}@x.example"], **values}).json()["id"]


def wanted(call, **values):
    first, second = a_template(call, "Toit"), a_template(call, "Voisin")
    steps = [
        {"kind": "mail", "key": "one", "template_id": first},
        {"kind": "mail", "key": "two", "template_id": second, "wait_minutes": 1440, "thread": "one"},
        {"kind": "task", "key": "call", "name": "Appeler", "wait_days": 1},
    ]
    return {"name": "Entrepôts", "language": "fr", "steps": steps, **values}


@pytest.mark.slow
@pytest.mark.shows("SEQ-01", "SEQ-02", "SEQ-06", "SEQ-10", "SEQ-11", "SEQ-12", "SEQ-13", "SEQ-14", "C-1")
def test_a_sequence_lives_and_ends_by_the_api_alone(call, box, told):
    made = call("POST", "/sequences", wanted(call)).json()
    sequence, first = f"/sequences/{made['id']}", a_lead(call, "antoine")
    out = a_lead(call, "lise")
    call("POST", f"/leads/{out}/opt-out", {})

    read = call("GET", f"{sequence}/mails/two?person_id={first}").json()
    assert (read["person_id"], read["subject"]) == (first, "Re: Toit, antoine")
    run = call("POST", f"{sequence}/dry-run", {"person_ids": [first, out]}).json()
    assert [(each["position"], each["kind"]) for each in run["planned"]] == [(1, "mail"), (2, "mail"), (3, "task")]
    assert [each["reason"] for each in run["refused"]] == ["opted_out"]

    done = call("POST", f"{sequence}/enrolments", {"person_ids": [first, out]}).json()
    assert done["left"] == {"opted_out": 1}
    told.settle()
    told.run(upto=NOW + 4 * DAY)  # a Monday
    assert [subject for _to, subject in told.sent] == ["Toit, antoine", "Re: Toit, antoine"]

    changed = wanted(call, migrate=True, base=1)
    changed["steps"].append({"kind": "mail", "key": "end", "template_id": changed["steps"][0]["template_id"]})
    effect = call("POST", f"{sequence}/effect", {key: changed[key] for key in ("name", "steps")}).json()
    assert (effect["affected"], effect["landings"]) == (1, [{"scheduled": "Appeler", "people": 1, "then": "Toit"}])
    assert call("PUT", sequence, changed).json()["version"] == 2
    assert call("PUT", sequence, changed).status_code == 409

    [task] = call("GET", "/tasks").json()["items"]
    call("POST", f"/tasks/{task['id']}/done")
    jobs()
    told.settle()
    row = call("GET", f"/sequences/enrolments/{done['ids'][0]}").json()
    assert (row["state"], row["reason"], row["version"]) == ("finished", "completed", 2)
    assert [each["what"] for each in row["traces"]][-2:] == ["sent", "ended"]
    numbers = call("GET", f"{sequence}/statistics").json()
    assert (numbers["finished"], numbers["reply_rate"], numbers["exits"]) == (1, 0.0, {"completed": 1})
    assert [(each["key"], each["sent"], each["tasks_done"]) for each in numbers["steps"]] == [
        ("one", 1, 0), ("two", 1, 0), ("call", 0, 1), ("end", 1, 0),
    ]  # fmt: skip

    assert call("POST", f"{sequence}/clone").json()["version"] == 1
    assert call("DELETE", sequence).status_code == 204
    assert call("GET", sequence).status_code == 404


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "SEQ-15")
def test_what_stands_still_is_told_and_people_are_held_let_go_and_taken_out_by_the_api(call, box, told):
    sequence = f"/sequences/{call('POST', '/sequences', wanted(call)).json()['id']}"
    assert call("PUT", f"/sequences/pace/{box}", {"per_day": 2, "gap": 1}).json()["per_day"] == 2
    assert call("GET", f"/sequences/pace/{box}").json() == {"mailbox_id": box, "per_day": 2, "gap": 1}
    ids = [a_lead(call, name) for name in ("antoine", "lise", "paul")]
    Mailbox.objects.update(state="broken")
    first, second, third = call("POST", f"{sequence}/enrolments", {"person_ids": ids}).json()["ids"]
    told.settle()

    [still] = call("GET", "/sequences/stuck").json()["items"]
    assert (still["reason"], still["people"], still["user_id"]) == ("mailbox", 3, call.user.pk)
    assert Caller(add_user(email="paul@helionne.example", name="Paul", role="salesperson"))(
        "GET", "/sequences/stuck"
    ).json() == {"items": []}

    Mailbox.objects.update(state="working")
    resume_due(clock.now())
    assert call("GET", "/sequences/stuck").json() == {"items": []}
    verb = "/sequences/enrolments/{}/{}".format
    assert call("POST", verb(first, "pause")).json()["state"] == "paused"
    refused = call("POST", verb(first, "pause"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "This person is paused already.")
    assert call("POST", verb(first, "resume")).json()["state"] == "active"
    assert call("POST", verb(second, "skip")).json()["position"] == 2
    assert call("POST", verb(third, "remove")).json()["reason"] == "removed"
    told.settle()
    assert [to for to, _subject in told.sent] == ["antoine@x.example"]
    assert Recipient.objects.count() == 1
