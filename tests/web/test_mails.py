"""The composer and the page of a sent mail, without a browser: kept, sent, taken back, followed."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from relance.agenda.models import Alert, Reminder
from relance.deals import actions as deals
from relance.lib import clock
from relance.mail.models import Content, Interaction, Mailbox, Message, Recipient, SavedDraft, Template
from relance.people.actions import AccountDraft, add_account
from relance.people.models import Person, Suppression
from relance.team.actions import add_user
from relance.team.models import Grant, Level, User
from tests.api.conftest import Caller
from tests.mail.outbound.engine import people, seller

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
QUIET = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)


@pytest.fixture
def claire(db):
    Mailbox.objects.create(name="S", address="s@helionne.test", host="h", state="working", is_default=True)
    return seller()


@pytest.fixture
def page(claire):
    client = Client()
    client.force_login(claire)
    return client


@pytest.fixture
def eve(claire):
    (person,) = people(1)
    Person.objects.filter(pk=person.pk).update(owner=claire, phone="+49 30 1234", name="Ève Martin")
    person.refresh_from_db()
    return person


def kept(page, **values) -> SavedDraft:
    form = {"key": str(uuid.uuid4()), "to": "person0@client.test", "subject": "Hi", "html": "<p>Hi</p>", **values}
    said = page.post("/mails/new", form, **QUIET).json()
    return SavedDraft.objects.get(pk=said["id"])


@pytest.mark.shows("ENG-01", "ENG-04", "D365-06")
def test_the_composer_says_who_gets_it_how_it_is_followed_and_when_it_is_there(page, eve):
    Suppression.objects.create(normal="person0@client.test", scope="marketing", route="page", at=clock.now())

    text = page.get("/mails/new", {"person": eve.pk}).content.decode()

    assert "Ève Martin" in text
    assert "has opted out of mass mails and sequences" in text
    assert "not followed: has not agreed yet" in text
    assert "Berlin" in text
    assert "The zone is guessed from the telephone number." in text


@pytest.mark.shows("UNSUB-02", "SELL-22", "SELL-23")
def test_the_bell_at_a_name_tells_when_and_how_one_asked_for_silence(page, eve):
    at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    Suppression.objects.create(normal="person0@client.test", scope="marketing", route="page", at=at)

    seen = page.get("/mails/new", {"person": eve.pk}).content.decode()
    free = page.get("/mails/new", {"to": "other@client.test"}).content.decode()

    bell = seen.split('class="told"')[1].split("</button>")[0]
    assert "Opted out, Fri 20 Nov, " in bell
    assert "(Mass mails and sequences). How: The unsubscribe page." in bell
    assert 'class="pop tip"' in bell
    assert 'class="told"' not in free


@pytest.mark.slow
@pytest.mark.shows("ENG-01", "ENG-04", "ENG-08", "ENG-10", "X9")
def test_beside_the_text_stand_the_person_the_deals_and_the_last_exchange_as_far_as_one_may_see_them(page, claire, eve):
    Person.objects.filter(pk=eve.pk).update(kind="contact")
    deals.add({"name": "Eve’s roof", "contact": eve.pk}, by=claire, now=clock.now())
    at = clock.now() - timedelta(days=3)
    sent = Message.objects.create(
        kind="personal", send_key="t", content=Content.objects.create(subject="The offer", html="<p>x</p>"),
        mailbox=Mailbox.objects.get(), sender=claire, deliver_at=at, created_at=at, state="done",
    )  # fmt: skip
    copy = Recipient.objects.create(
        message=sent, person=eve, email="person0@client.test", normal="person0@client.test", state="sent", queued_at=at,
        sent_at=at, track="full", first_opened_at=at, last_opened_at=clock.now(), opens=1,
    )  # fmt: skip
    Interaction.objects.create(
        id=uuid.uuid4(),
        recipient=copy,
        message=sent,
        kind="open",
        at=clock.now(),
        verdict="human",
        why="",
        method="GET",
    )

    seen = page.get("/mails/new", {"person": eve.pk}).content.decode()
    Person.objects.filter(pk=eve.pk).update(owner=None)
    Grant.objects.filter(role=claire.role).update(read=Level.OWN)
    unseen = page.get("/mails/new", {"to": "person0@client.test"}).content.decode()

    assert [word in seen for word in ("Eve’s roof", "The offer", "opened just now", "1 opening by Ève Martin")] == [
        True
    ] * 4
    assert "person0@client.test is the address of nobody you know here" in unseen
    assert not any(word in unseen for word in ("Eve’s roof", "The offer", "Ève Martin", "opening by"))


def gone(claire, eve, subject="The offer", at=None, **facts):
    """A mail to her that has left, and what became of it."""
    at = at or clock.now() - timedelta(days=3)
    state = facts.pop("message_state", "done")
    message = Message.objects.create(
        kind="personal", send_key=f"t:{uuid.uuid4()}", content=Content.objects.create(subject=subject, html="<p>x</p>"),
        mailbox=Mailbox.objects.get(), sender=claire, deliver_at=at, created_at=at, state=state,
    )  # fmt: skip
    values = {"state": "sent", "sent_at": at, "track": "full"} | facts
    return Recipient.objects.create(
        message=message, person=eve, email="person0@client.test", normal="person0@client.test", queued_at=at, **values
    )


YESTERDAY = timedelta(days=1)


@pytest.mark.shows("D365-19", "ENG-08")
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "not opened yet"),
        ({"track": "none"}, "not tracked"),
        ({"first_opened_at": YESTERDAY, "last_opened_at": YESTERDAY, "opens": 1}, "opened yesterday"),
        ({"first_opened_at": 2 * YESTERDAY, "first_clicked_at": YESTERDAY}, "clicked yesterday"),
        ({"first_clicked_at": YESTERDAY, "replied_at": YESTERDAY}, "answered yesterday"),
        ({"bounced_at": YESTERDAY, "bounce_kind": "hard"}, "bounced yesterday"),
        ({"sent_at": None, "state": "failed", "failed_at": YESTERDAY}, "failed"),
    ],
)
def test_the_tile_of_a_mail_says_what_became_of_it_last(page, claire, eve, monkeypatch, facts, words):
    noon = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    moments = {name: noon - value if isinstance(value, timedelta) else value for name, value in facts.items()}
    copy = gone(claire, eve, **moments)

    tile = page.get(f"/leads/{eve.pk}").content.decode()
    told = Caller(claire)("GET", f"/mails/{copy.message_id}").json()

    said = re.sub(r"<[^>]+>", " ", tile.split("The offer")[1][:2000])
    assert words in said
    assert told["recipients"][0]["state"] == copy.state


@pytest.mark.slow
@pytest.mark.shows("D365-01", "ENG-01")
def test_the_switch_of_the_organisation_hides_tracking_follows_nobody_and_leaves_history_readable(page, claire, eve):
    chief = Caller(add_user(email="chief@helionne.test", name="Chief", role="administrator"))
    chief("PATCH", "/organisation", {"tracking": "track_by_default"})
    before = gone(claire, eve, first_opened_at=clock.now(), last_opened_at=clock.now(), opens=1)
    Interaction.objects.create(
        id=uuid.uuid4(), recipient=before, message=before.message, kind="open", at=clock.now(), verdict="human", why="",
        method="GET",
    )  # fmt: skip
    on, draft = page.get("/mails/new", {"person": eve.pk}).content.decode(), kept(page, person=eve.pk)
    modes = [Caller(claire)("GET", f"/drafts/{draft.pk}/preflight").json()["recipients"][0]["track"]]

    chief("PATCH", "/organisation", {"tracking": "off"})
    off = page.get("/mails/new", {"person": eve.pk}).content.decode()
    modes.append(Caller(claire)("GET", f"/drafts/{draft.pk}/preflight").json()["recipients"][0]["track"])
    page.post(f"/mails/drafts/{draft.pk}/send", {"has_switches": "1", "track": "1", "when": "now"})

    assert 'role="switch" type="checkbox"' in on or 'aria-label="Follow this mail"' in on
    assert 'aria-label="Follow this mail"' not in off
    assert "Your organisation follows no mail." in off
    assert modes == ["full", "none"]
    assert Message.objects.latest("pk").tracking == "off", "frozen so when it leaves, whatever is switched later"
    assert "Recipient activity" in page.get(f"/mails/{before.message_id}").content.decode()
    assert [row["kind"] for row in Caller(claire)("GET", f"/mails/{before.message_id}/activity").json()["items"]] == [
        "open"
    ]


@pytest.mark.slow
@pytest.mark.shows("D365-07", "D365-11", "ENG-04", "ENG-05")
def test_a_later_hour_is_proposed_changed_to_any_other_and_taken_back_with_a_reminder_in_any_case(claire, eve):
    call, later = Caller(claire), clock.now().replace(microsecond=0) + timedelta(days=3)
    draft = call("POST", "/drafts", {"person_id": eve.pk, "subject": "Hi", "html": "<p>Hi</p>"}).json()
    path = f"/drafts/{draft['id']}"
    proposed = call("GET", f"{path}/preflight").json()["advice"]["propose_at"]
    chosen = {"deliver_at": later.isoformat(), "remind_if": "anyway", "remind_at": (later + YESTERDAY).isoformat()}
    call("PATCH", path, chosen)
    sent = call("POST", f"{path}/send").json()["id"]

    told = call("GET", f"/mails/{sent}").json()
    assert datetime.fromisoformat(proposed) > clock.now()
    assert datetime.fromisoformat(told["deliver_at"]) == later
    assert Reminder.objects.get().condition == "anyway"
    back = call("DELETE", f"{path}/send")
    assert back.status_code == 200
    call("PATCH", path, {"deliver_at": (later + timedelta(hours=2)).isoformat()})
    again = call("POST", f"{path}/send").json()["id"]
    assert Message.objects.get().pk == again
    assert Message.objects.get().deliver_at == later + timedelta(hours=2)


@pytest.mark.shows("ENG-01")
def test_nothing_is_kept_before_somebody_types_and_the_same_page_keeps_one_mail(page, eve):
    page.get("/mails/new", {"person": eve.pk})
    assert not SavedDraft.objects.exists()
    key = str(uuid.uuid4())

    for subject in ("One", "Two"):
        page.post("/mails/new", {"key": key, "to": "x", "subject": subject, "html": ""}, **QUIET)

    assert SavedDraft.objects.get().subject == "Two"


@pytest.mark.shows("ENG-01")
def test_an_older_window_is_told_and_changes_nothing(page, claire):
    draft = kept(page)
    page.post(f"/mails/drafts/{draft.pk}", {"version": draft.version, "subject": "Newer"}, **QUIET)

    answer = page.post(f"/mails/drafts/{draft.pk}", {"version": draft.version, "subject": "Older"}, **QUIET)

    assert answer.status_code == 409
    assert answer.json()["code"] == "changed_elsewhere"
    draft.refresh_from_db()
    assert draft.subject == "Newer"


@pytest.mark.shows("ENG-01")
def test_a_window_whose_answer_was_lost_goes_on_and_its_late_request_changes_nothing(page, claire):
    draft, window = kept(page), str(uuid.uuid4())
    known = {"version": draft.version, "window": window}

    lost = page.post(f"/mails/drafts/{draft.pk}", {**known, "turn": 1, "subject": "One"}, **QUIET)
    again = page.post(f"/mails/drafts/{draft.pk}", {**known, "turn": 3, "subject": "Three"}, **QUIET)
    late = page.post(f"/mails/drafts/{draft.pk}", {**known, "turn": 2, "subject": "Two"}, **QUIET)
    other = page.post(
        f"/mails/drafts/{draft.pk}", {**known, "window": uuid.uuid4(), "turn": 9, "subject": "X"}, **QUIET
    )

    assert [each.status_code for each in (lost, again, late, other)] == [200, 200, 200, 409]
    assert SavedDraft.objects.get().subject == "Three"


@pytest.mark.slow
@pytest.mark.shows("ENG-01", "ENG-05")
def test_sent_with_a_reminder_and_taken_back_within_ten_seconds(page, claire, eve):
    draft = kept(page, person=eve.pk)
    later = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    form = {"has_switches": "1", "track": "1", "when": "now", "remind_if": "no_reply", "remind_at": later}

    answer = page.post(f"/mails/drafts/{draft.pk}/send", form)

    message = Message.objects.get()
    assert answer["Location"] == f"/mails/{message.pk}"
    assert timedelta(seconds=5) < message.deliver_at - clock.now() <= timedelta(seconds=10)
    assert Reminder.objects.get().condition == "no_reply"
    assert "Undo" in page.get(answer["Location"]).content.decode()

    page.post(f"/mails/drafts/{draft.pk}/back")

    assert not Message.objects.exists()
    assert not Reminder.objects.exists()
    assert "Hi" in page.get(f"/mails/drafts/{draft.pk}").content.decode()


@pytest.mark.slow
@pytest.mark.shows("D365-19", "ENG-08", "D365-05")
def test_a_scheduled_mail_says_so_on_its_tile_and_on_its_page(page, claire, eve):
    draft = kept(page, person=eve.pk)
    at = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    page.post(f"/mails/drafts/{draft.pk}/send", {"has_switches": "1", "track": "1", "when": "at", "deliver_at": at})

    tile = page.get(f"/leads/{eve.pk}").content.decode()
    whole = page.get(f"/mails/{Message.objects.get().pk}").content.decode()

    assert "scheduled for" in tile
    assert "Scheduled for" in whole
    assert "Take it back" in whole


@pytest.mark.shows("D365-15", "D365-16", "D365-17", "ENG-07")
def test_files_are_attached_followed_and_removed(page, claire):
    draft = kept(page)
    files = [SimpleUploadedFile("a.pdf", b"%PDF-a"), SimpleUploadedFile("b.png", b"PNG")]

    page.post(f"/mails/drafts/{draft.pk}/files", {"files": files})
    first, second = draft.attachments.all()
    page.post(f"/mails/drafts/{draft.pk}/files/{first.pk}/follow", {"expires_at": "2030-01-01"})
    text = page.post(f"/mails/drafts/{draft.pk}/files/{second.pk}/remove", HTTP_HX_REQUEST="true").content.decode()

    (row,) = draft.attachments.all()
    assert (row.name, row.is_followed, row.expires_at.year) == ("a.pdf", True, 2029)
    assert "followed link, ends on" in text
    assert "b.png" not in text


@pytest.mark.shows("TPL-01", "TPL-02")
def test_a_template_is_used_with_its_fields_filled_in(page, claire, eve):
    template = Template.objects.create(
        name="Quote", subject="For {Person.name}", html="<p>Dear {Person.name}</p>", owner=claire,
        created_at=clock.now(), updated_at=clock.now(),
    )  # fmt: skip
    draft = kept(page, person=eve.pk)

    page.post(f"/mails/drafts/{draft.pk}/template", {"template": template.pk})

    draft.refresh_from_db()
    assert draft.subject == "For Ève Martin"
    assert "Dear Ève Martin" in draft.html
    fresh = page.get("/mails/new", {"template": template.pk}).content.decode()
    assert "Dear {Person.name}" in fresh
    assert "Olivier" not in fresh


@pytest.mark.shows("TPL-01", "SELL-25")
def test_a_private_template_is_its_owners_until_she_shares_it_by_editing_it(page, claire):
    max_ = add_user(email="max@helionne.test", name="Max", role="salesperson")
    own = Template.objects.create(
        name="Max’s own", subject="Of Max", html="<p>Of Max</p>", owner=max_, shared=False, created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    draft = kept(page)

    hidden = page.get("/mails/new").content.decode()
    refused = page.post(f"/mails/drafts/{draft.pk}/template", {"template": own.pk})
    assert Caller(max_)("PATCH", f"/templates/{own.pk}", {"shared": True}).status_code == 200
    offered = page.get("/mails/new").content.decode()
    page.post(f"/mails/drafts/{draft.pk}/template", {"template": own.pk})

    draft.refresh_from_db()
    assert ("Max’s own" in hidden, refused.status_code, "Max’s own" in offered) == (False, 404, True)
    assert (draft.subject, draft.template) == ("Of Max", own)


@pytest.mark.shows("ENG-09", "D365-22", "D365-23", "ENG-02")
def test_the_page_of_a_sent_mail_tells_people_and_machines_apart(page, claire, eve):
    draft = kept(page, person=eve.pk)
    page.post(f"/mails/drafts/{draft.pk}/send", {"has_switches": "1", "track": "1", "when": "now"})
    message, now = Message.objects.get(), clock.now()
    copy = message.recipients.get()
    message.recipients.update(
        state="sent", sent_at=now - timedelta(hours=3), track="full", opens=1, first_opened_at=now - timedelta(hours=1),
        last_opened_at=now - timedelta(hours=1),
    )  # fmt: skip
    for verdict, at in (("machine", 170), ("human", 60)):
        Interaction.objects.create(
            message=message, recipient=copy, kind="open", verdict=verdict, at=now - timedelta(minutes=at)
        )

    text = " ".join(page.get(f"/mails/{message.pk}").content.decode().split())

    assert "1 <small>of 2 hits</small>" in text
    assert "2 h 00" in text
    assert "Fetched by a machine" in text
    assert "Fetched by a machine" not in page.get(f"/mails/{message.pk}", {"show": "people"}).content.decode()
    assert "opened 1 h ago" in text or "opened 1 hour ago" in text
    assert "<p>Hi</p>" in page.get(f"/mails/{message.pk}/body").content.decode()


@pytest.mark.shows("X8")
def test_nobody_reads_anothers_draft_nor_a_mail_to_people_of_others(page, claire, eve):
    draft = kept(page, person=eve.pk)
    page.post(f"/mails/drafts/{draft.pk}/send", {"has_switches": "1", "when": "now"})
    other, luc = Client(), add_user(email="luc@helionne.test", name="Luc", role="salesperson")
    Grant.objects.filter(role=luc.role).update(read=Level.OWN)
    other.force_login(luc)
    message = Message.objects.get()

    for path in (f"/mails/drafts/{draft.pk}", f"/mails/{message.pk}", f"/mails/{message.pk}/body"):
        assert other.get(path).status_code == 404


@pytest.mark.slow
@pytest.mark.shows("ENG-03", "ENG-06", "D365-03")
def test_the_alert_is_given_out_once_and_its_card_is_put_off_and_brought_back(page, claire, eve):
    draft = kept(page, person=eve.pk)
    page.post(f"/mails/drafts/{draft.pk}/send", {"has_switches": "1", "track": "1", "when": "now"})
    copy = Message.objects.get().recipients.get()
    now = clock.now()
    copy.first_opened_at, copy.opens = now, 1
    copy.save()
    alert = Alert.objects.create(owner=claire, recipient=copy, kind="opened", at=now)

    assert "has opened your mail" in page.get("/alerts").content.decode()
    assert page.get("/alerts").status_code == 204
    assert "First openings of your mails" in page.get("/").content.decode()

    page.post(f"/assistant/alert:{alert.pk}/done")
    assert "First openings of your mails" not in page.get("/").content.decode()
    page.post(f"/assistant/alert:{alert.pk}/back")
    assert "First openings of your mails" in page.get("/").content.decode()


@pytest.mark.slow
@pytest.mark.shows("ENG-01", "REC-05")
def test_one_writes_from_a_person_an_account_a_deal_and_from_one_row_of_a_list(page, eve, claire):
    account = add_account(AccountDraft(values={"name": "Mercadier"}, emails=("hello@m.test",)), by=claire, now=NOW)
    deal = deals.add({"name": "Roof", "account": account.pk, "contact": None}, by=claire, now=NOW)

    of_person = page.get(f"/leads/{eve.pk}").content.decode()
    of_account = page.get(f"/companies/{account.pk}").content.decode()
    to_account = page.get("/mails/new", {"account": account.pk}).content.decode()
    one = page.post("/leads/chosen/mail", {"ids": [eve.pk]})
    of_deal = page.post("/deals/chosen/mail", {"ids": [deal.pk]})
    two = page.post("/leads/chosen/mail", {"ids": [eve.pk, eve.pk + 1]}, follow=True)

    assert f"/mails/new?person={eve.pk}" in of_person
    assert f"/mails/new?account={account.pk}" in of_account
    assert "Mercadier &lt;hello@m.test&gt;" in to_account
    assert (one["Location"], of_deal["Location"]) == (f"/mails/new?person={eve.pk}", f"/mails/new?deal={deal.pk}")
    assert "A personal mail is written to one at a time." in two.content.decode()


@pytest.mark.shows("ENG-01", "TPL-03")
def test_a_draft_is_seen_as_it_will_be_delivered_and_kept_by_its_authors_clock(page, eve, claire):
    User.objects.filter(pk=claire.pk).update(time_zone="Asia/Tokyo")
    form = {"key": str(uuid.uuid4()), "to": "person0@client.test", "subject": "Offer", "html": "<p>Hello</p>"}
    said = page.post("/mails/new", form, **QUIET).json()
    draft = SavedDraft.objects.get(pk=said["id"])
    draft.quoted = "<blockquote>What you wrote</blockquote>"
    draft.save(update_fields=["quoted"])

    shown = page.get(f"/mails/drafts/{draft.pk}/preview")

    assert said["at"] == f"{draft.updated_at.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}"
    assert {"Hello", "What you wrote"} <= set(re.findall(r"Hello|What you wrote", shown.content.decode()))
    assert "sandbox" in shown["Content-Security-Policy"]


@pytest.mark.shows("TPL-05", "D365-08")
def test_a_template_is_recommended_from_answers_and_not_from_noise(page, eve, claire):
    names = ("Short", "Long")
    made = [Template.objects.create(name=each, subject="x", html="x", created_at=NOW, updated_at=NOW) for each in names]
    assert "not enough data to tell one from another" in page.get("/mails/new").content.decode()
    box = Mailbox.objects.get()
    for template, answered in zip(made, (20, 4), strict=True):
        text = Content.objects.create(template=template, subject="x", html="x")
        sent = Message.objects.create(
            kind="personal", send_key=f"t:{template.pk}", content=text, mailbox=box, sender=claire,
            deliver_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        Recipient.objects.bulk_create(
            Recipient(
                message=sent, person=eve, email=f"p{n}@client.test", normal=f"p{n}@client.test", state="sent",
                queued_at=clock.now(), sent_at=clock.now(), track="none",
                replied_at=clock.now() if n < answered else None,
            )
            for n in range(40)
        )  # fmt: skip

    text = page.get("/mails/new", {"person": eve.pk}).content.decode()

    assert "Recommended template: Short." in text
    assert "from 40 mails of the last year" in text
