"""The whole story of a mass mail through the API alone: mailbox, people, template, launch, what became of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from relance import schedule
from relance.lib import clock
from relance.mail.models import Message
from relance.mail.tracking.hits import HitKind
from relance.mail.transport.fake import FakeRelay, Script
from relance.team.models import Organisation
from tests.mail.outbound.engine import dispatcher, until

from .story import bring_in, hits, upload, work

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]
ENGINE = pytest.mark.django_db(transaction=True)  # another thread has to see what was written
HTML = (
    '<p>Bonjour {Person.firstName|à vous},</p><p><a href="https://helionne.example/toit">Vérifier mon toit</a> ou '
    '<a href="https://helionne.example/prix">les prix</a></p>'
)
GONE = "perdue@ostrya.example"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def relay():
    refuses = lambda address: "550 5.1.1 No such user" if address == GONE else None  # noqa: E731
    with FakeRelay(Script(refuses=refuses)) as relay:
        yield relay


@pytest.fixture
def house(call, relay):
    """A workspace with a mailbox that works, a template and six people."""
    call("PATCH", "/organisation", {"tracking": "track_by_default", "mass_starts_per_hour": 50})
    box = {"name": "Ventes", "address": "ventes@helionne.example", "host": "127.0.0.1", "port": relay.port}
    made = call("POST", "/mailboxes", {**box, "security": "none", "is_default": True}).json()
    assert call("POST", f"/mailboxes/{made['id']}/test").json()["works"] is True
    bring_in(call)
    return call


@pytest.fixture
def template(house):
    new = {"name": "Toit", "language": "fr", "subject": "{Person.firstName|Bonjour}, votre toit", "html": HTML}
    return house("POST", "/templates", new).json()["id"]


def drafted(call, template, **values) -> str:
    new = {"name": "Toit 2027", "module": "lead", "template_id": template, "from_choice": "own", **values}
    answer = call("POST", "/mass-mails", new)
    assert answer.status_code == 201, answer.content
    return f"/mass-mails/{answer.json()['id']}"


def prepared(call, mail: str) -> str:
    """Launch and let the worker write the recipients."""
    answer = call("POST", f"{mail}/launch")
    assert answer.status_code == 200, answer.content
    work()
    return mail


def sent(call, mail: str) -> dict:
    """Launch, send, and wait until nothing more is due."""
    prepared(call, mail)
    with dispatcher():
        until(lambda: call("GET", mail).json()["status"] == "done")
    return call("GET", f"{mail}/statistics").json()


def names(call, path: str, key: str = "email") -> set[str]:
    return {item[key] for item in call("GET", path).json()["items"]}


@pytest.mark.shows("INBOX-01", "ZMM-39")
def test_a_mailbox_is_connected_tested_and_used_by_default(house):
    only = house("GET", "/mailboxes?count=true").json()

    assert only["total"] == 1
    assert (only["items"][0]["is_default"], only["items"][0]["state"]) == (True, "working")


@pytest.mark.slow
@pytest.mark.shows("REC-08")
def test_every_row_of_a_file_is_accounted_for(call):
    row = upload(call).json()
    path = f"/imports/{row['id']}"
    assert row["columns"] == ["Prénom", "Nom", "E-mail", "Société", "Ville"]
    assert row["mapping"] == ["first_name", "last_name", "email", "company", "city"]
    assert call("GET", f"{path}/preview").json()["rows"][2]["values"][1] == 'Muñoz; dit "Pépé"'

    checked = call("POST", f"{path}/check").json()
    call("POST", f"{path}/run")
    work()

    done = call("GET", path).json()
    assert (done["state"], done["created"], done["skipped"], done["rejected"]) == ("done", 5, 1, 1)
    assert {name: checked["forecast"][name] for name in ("created", "skipped", "rejected")} == {
        "created": 5, "skipped": 1, "rejected": 1,
    }  # fmt: skip
    rejected = call("GET", f"{path}/rows?outcome=rejected&count=true").json()
    assert (rejected["total"], rejected["items"][0]["number"]) == (1, 7)
    assert "pas-une-adresse" in rejected["items"][0]["sentence"]
    file = b"".join(call("GET", f"{path}/rejected.csv").streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(file)))[1][2] == "pas-une-adresse"
    assert names(call, "/leads?q=munoz") == {"jose@mercadier.example"}
    assert names(call, "/leads?city=Angers&company=Bor%C3%A9al") == {"elodie@boreal.example", "noel@boreal.example"}


@pytest.mark.slow
@pytest.mark.shows("REC-08")
def test_an_import_is_undone(house):
    only = house("GET", "/imports").json()["items"][0]

    assert house("POST", f"/imports/{only['id']}/undo").json()["state"] == "undone"

    assert house("GET", "/leads").json()["items"] == []
    assert house("POST", f"/imports/{only['id']}/run").json()["code"] == "not_now"


@pytest.mark.slow
@pytest.mark.shows("TPL-01", "TPL-02")
def test_a_template_names_the_nearest_field_and_is_previewed_on_a_person(house):
    new = {"name": "Toit", "language": "fr", "subject": "Bonjour {Person.firstNmae}", "html": HTML}

    refused = house("POST", "/templates", new)
    made = house("POST", "/templates", {**new, "subject": "{Person.firstName}, votre toit"})
    noel = house("GET", "/leads?q=noel").json()["items"][0]
    shown = house("POST", f"/templates/{made.json()['id']}/preview", {"person_id": noel["id"]}).json()

    path = f"/templates/{made.json()['id']}"
    house("PATCH", path, {"html": "<p>Autre</p>"})
    kept = house("GET", f"{path}/versions").json()["items"]
    back = house("POST", f"{path}/versions/1/restore").json()

    assert [(each["number"], "Autre" in each["html"]) for each in kept] == [(2, True), (1, False)]
    assert "Autre" not in back["html"]
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_template")
    assert refused.json()["errors"][0]["nearest"] == "Person.firstName"
    assert refused.json()["errors"][0]["field"] == "subject"
    assert made.status_code == 201
    assert shown["subject"] == "Noël, votre toit"
    assert "Bonjour Noël," in shown["html"]


@pytest.mark.slow
@ENGINE
@pytest.mark.shows("TPL-03")
def test_a_trial_arrives_at_ones_own_address(house, template, relay):
    noel = house("GET", "/leads?q=noel").json()["items"][0]

    trial = house("POST", f"/templates/{template}/test", {"person_id": noel["id"]}).json()
    with dispatcher():
        until(lambda: relay.mails)

    assert trial["to"] == relay.mails[0].recipient == "admin@helionne.example"
    assert house("GET", f"/leads/{noel['id']}/mails").json()["items"] == []


@pytest.mark.slow
@pytest.mark.shows("MASS-01")
def test_recipients_are_rows_a_filter_or_everybody(house, template):
    two = [item["id"] for item in house("GET", "/leads?city=Lyon").json()["items"]]
    audiences = {
        "rows": {"ids": two},
        "filter": {"params": {"city": "Angers"}},
        "all": {},
    }

    looked = {}
    for audience, criteria in audiences.items():
        mail = drafted(house, template, audience=audience, criteria=criteria)
        looked[audience] = house("GET", f"{mail}/preflight").json()

    assert {audience: told["matched"] for audience, told in looked.items()} == {"rows": 2, "filter": 2, "all": 5}
    assert all(told["ready"] for told in looked.values())


@pytest.mark.shows("MASS-01")
@pytest.mark.parametrize(
    ("audience", "criteria"),
    [
        ("rows", {}),
        ("rows", {"params": {"city": "Lyon"}}),
        ("filter", {}),
        ("filter", {"params": {}}),
        ("filter", {"params": {"town": "Lyon"}}),
        ("filter", {"params": {"opted_out": "perhaps"}}),
        ("all", {"ids": [1]}),
    ],
)
def test_criteria_that_say_nothing_choose_nobody(call, audience, criteria):
    new = {"name": "Toit", "module": "lead", "audience": audience, "criteria": criteria}

    answer = call("POST", "/mass-mails", new)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_criteria")
    assert call("GET", "/mass-mails").json()["items"] == []


@pytest.mark.slow
@pytest.mark.shows("MASS-01", "UNSUB-02")
def test_who_is_left_out_is_said_before_the_launch(house, template):
    people = {item["first_name"]: item["id"] for item in house("GET", "/leads").json()["items"]}
    house("POST", f"/leads/{people['Zoë']}/opt-out", {"words": "Par téléphone"})
    house("POST", "/leads", {"first_name": "Muette"})

    mail = drafted(house, template)

    looked = house("GET", f"{mail}/preflight").json()
    assert (looked["matched"], looked["will_receive"]) == (6, 4)
    assert {left["reason"]: left["people"] for left in looked["left_out"]} == {"opted_out": 1, "no_address": 1}
    assert names(house, f"{mail}/left-out?reason=opted_out&count=true", "name") == {"Zoë Sœur"}
    assert house("GET", f"{mail}/left-out?count=true").json()["total"] == 2
    assert len(house("GET", f"{mail}/audience").json()["items"]) == 4


@pytest.mark.shows("MASS-02")
def test_what_is_missing_keeps_a_mass_mail_back_and_is_named(house):
    mail = drafted(house, None)

    answer = house("POST", f"{mail}/launch")

    assert (answer.status_code, answer.json()["code"]) == (422, "not_ready")
    assert "template" in {error["field"] for error in answer.json()["errors"]}
    assert house("GET", f"{mail}/statistics").json()["code"] == "not_launched"


@pytest.mark.slow
@ENGINE
@pytest.mark.shows("MASS-08", "ENG-02", "UNSUB-02")
def test_the_numbers_add_up_and_each_lists_its_people(house, template, relay):
    mail = drafted(house, template)
    figures = sent(house, mail)
    assert (figures["total"], figures["sent"], figures["delivered"], figures["bounced"]) == (5, 5, 4, 1)
    arrived = {each.recipient: each for each in relay.mails}
    hits(arrived["elodie@boreal.example"], "o", HitKind.OPEN)
    hits(arrived["noel@boreal.example"], "c", HitKind.CLICK)
    hits(arrived["zoe@mercadier.example"], "u", HitKind.OPT_OUT, route="one_click")
    work()

    figures = house("GET", f"{mail}/statistics").json()

    assert figures["delivered"] == figures["sent"] - figures["bounced"]
    assert figures["not_delivered"] == figures["bounced"] + figures["failed"]
    assert figures["opened"] + figures["not_opened"] + figures["untracked_opens"] == figures["delivered"]
    assert figures["clicked"] + figures["not_clicked"] + figures["untracked_clicks"] == figures["delivered"]
    assert (figures["opened"], figures["clicked"], figures["opted_out"]) == (2, 1, 1)
    buckets = set(figures) - {"open_hits", "click_hits", "machine_hits"}
    for bucket in buckets:
        page = house("GET", f"{mail}/recipients?bucket={bucket}&count=true").json()
        assert (bucket, len(page["items"]), page["total"]) == (bucket, figures[bucket], figures[bucket])
    assert names(house, f"{mail}/recipients?bucket=bounced") == {GONE}
    assert names(house, f"{mail}/recipients?bucket=opened") == {"elodie@boreal.example", "noel@boreal.example"}
    links = house("GET", f"{mail}/links").json()
    assert (links[0]["url"], links[0]["people"]) == ("https://helionne.example/toit", 1)
    assert names(house, f"{mail}/recipients?bucket=clicked&link={links[0]['number']}") == {"noel@boreal.example"}


@pytest.mark.slow
@ENGINE
@pytest.mark.shows("MASS-08", "REC-07", "UNSUB-02")
def test_each_copy_has_its_log_and_each_person_her_mails(house, template, relay):
    mail = drafted(house, template)
    sent(house, mail)
    arrived = {each.recipient: each for each in relay.mails}
    hits(arrived["noel@boreal.example"], "o", HitKind.OPEN, hours=2)
    hits(arrived["noel@boreal.example"], "c", HitKind.CLICK, hours=3, place=1)
    hits(arrived["noel@boreal.example"], "u", HitKind.OPT_OUT, hours=4, words="Trop de mails")

    copy = house("GET", f"{mail}/recipients?bucket=clicked").json()["items"][0]
    log = house("GET", f"{mail}/recipients/{copy['id']}").json()
    person = house("GET", f"/leads/{copy['person_id']}").json()
    mails = house("GET", f"/leads/{copy['person_id']}/mails").json()["items"]

    assert [hit["kind"] for hit in log["interactions"]] == ["open", "click", "opt_out"]
    assert log["interactions"][1]["link"] == 2
    assert (copy["state"], copy["reply_code"], copy["opens"], copy["clicks"]) == ("sent", 250, 1, 1)
    assert person["addresses"][0]["opted_out_route"] == "page"
    assert [(each["id"], each["mass_mail_id"], each["state"]) for each in mails] == [
        (copy["id"], int(mail.rpartition("/")[2]), "sent")
    ]
    assert house("GET", "/suppressions?email=noel@boreal.example").json()["items"][0]["words"] == "Trop de mails"
    again = drafted(house, template)
    assert names(house, f"{again}/left-out") == {"noel@boreal.example", GONE}


@pytest.mark.slow
@ENGINE
def test_a_paused_mail_waits_goes_on_and_nobody_gets_it_twice(house, template, relay):
    first, second = prepared(house, drafted(house, template)), drafted(house, template, name="Autre")
    assert house("POST", f"{first}/pause").json()["status"] == "paused"
    assert house("POST", f"{first}/pause").json()["code"] == "cannot_pause"

    with dispatcher():
        prepared(house, second)
        until(lambda: house("GET", second).json()["status"] == "done")
        held = house("GET", f"{first}/statistics").json()
        house("POST", f"{first}/resume")
        until(lambda: house("GET", first).json()["status"] == "done")

    assert (held["sent"], held["waiting"]) == (0, 5)
    assert house("GET", f"{first}/statistics").json()["delivered"] == 4
    assert set(relay.copies.values()) == {1}


@pytest.mark.slow
@pytest.mark.shows("MASS-06", "MASS-09")
def test_a_stopped_mail_cancels_what_has_not_left(house, template, relay):
    mail = prepared(house, drafted(house, template))

    stopped = house("POST", f"{mail}/stop")

    assert stopped.json()["status"] == "stopped"
    assert house("GET", f"{mail}/statistics").json()["cancelled"] == 5
    answer = house("POST", f"{mail}/stop")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_stop")
    assert house("POST", f"{mail}/launch").json()["code"] == "already_launched"
    assert house("POST", f"{mail}/copy").json()["status"] == "draft"
    assert relay.mails == []


@pytest.mark.slow
@ENGINE
@pytest.mark.shows("MASS-03", "ADM-06")
def test_a_scheduled_mail_leaves_when_the_clock_has_come_there(house, template, relay):
    Organisation.objects.update(workspace="test")
    mail = drafted(house, template)
    at = clock.now() + timedelta(hours=3)
    assert house("POST", f"{mail}/schedule", {"at": at.isoformat()}).json()["status"] == "scheduled"

    house("POST", "/clock/advance", {"seconds": 3 * 3600 + 60})
    schedule.tick(clock.now(), chores=[schedule.Chore(every=0, run=schedule.campaigns.start_due)])
    work()
    with dispatcher():
        until(lambda: house("GET", mail).json()["status"] == "done")

    assert len(relay.mails) == 4
    house("POST", "/clock/reset")


@pytest.mark.slow
@pytest.mark.shows("MASS-06", "ZMM-30")
def test_a_change_in_the_last_quarter_of_an_hour_stops_it(house, template):
    mail = drafted(house, template)
    soon = timezone.now() + timedelta(minutes=10)
    house("POST", f"{mail}/schedule", {"at": soon.isoformat()})

    changed = house("PATCH", mail, {"name": "Autre nom"})

    assert (changed.json()["name"], changed.json()["status"]) == ("Autre nom", "stopped")


@pytest.mark.shows("MASS-03")
@pytest.mark.parametrize("at", ["2020-01-01T09:00:00+00:00", "2027-01-01T09:00:00", "0001-01-01T00:00:00+14:00", "x"])
def test_a_moment_that_cannot_be_meant_is_refused(house, template, at):
    mail = drafted(house, template)

    assert house("POST", f"{mail}/schedule", {"at": at}).status_code == 422

    assert house("GET", mail).json()["status"] == "draft"


@pytest.mark.slow
@pytest.mark.shows("UNSUB-02", "UNSUB-06")
def test_wishes_and_consent_are_kept_with_their_proof(house):
    zoe = house("GET", "/leads?q=zoe").json()["items"][0]["id"]

    out = house("POST", f"/leads/{zoe}/opt-out", {"scope": "everything"}).json()
    back = house("POST", f"/leads/{zoe}/opt-in", {"words": "A rappelé le 3 mai"}).json()
    agreed = house("POST", f"/leads/{zoe}/consent", {"state": "granted", "words": "Oui", "source": "Formulaire"})

    assert out["addresses"][0]["opted_out_route"] == "api"
    assert back["addresses"][0]["opted_out_at"] is None
    assert agreed.json()["tracking_consent"] == "granted"
    lines = house("GET", "/suppressions").json()["items"]
    assert [line["lifted_at"] is None for line in lines] == [False]
    assert house("POST", f"/leads/{zoe}/opt-in", {"words": ""}).status_code == 422


@pytest.mark.slow
@pytest.mark.shows("REC-08", "X13")
def test_people_leave_as_a_file_that_comes_in_again(house):
    house("POST", "/leads", {"first_name": "=1+1", "emails": ["formule@boreal.example"], "city": "Angers"})

    answer = house("GET", "/leads/export.csv?city=Angers")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    again = bring_in(house, text)

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["First name"] for row in rows] == ["Élodie", "Noël", "'=1+1"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="leads-')
    assert (again["created"], again["skipped"], again["rejected"]) == (0, 3, 0)


@pytest.mark.slow
@ENGINE
@pytest.mark.shows("MASS-09", "D12")
def test_a_launch_that_is_repeated_launches_once(house, template, relay):
    mail = drafted(house, template)
    key = {"Idempotency-Key": "launch-1"}

    first = house("POST", f"{mail}/launch", **key)
    again = house("POST", f"{mail}/launch", **key)
    work()
    with dispatcher():
        until(lambda: house("GET", mail).json()["status"] == "done")

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert Message.objects.count() == 1
    assert set(relay.copies.values()) == {1}
