"""A mail is kept as it is typed, refused with a reason, sent once, taken back while it waits."""

from __future__ import annotations

import uuid
import zlib
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from relance.lib.refusal import Refused
from relance.mail import answering, files
from relance.mail.models import Message, Received, Recipient, SavedDraft, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.transport.fake import FakeRelay, Script
from relance.mail.writing import addressing, attaching, drafts, leaving, preflight, starting
from relance.mail.writing.drafts import AlreadySent, ChangedElsewhere
from relance.mail.writing.leaving import Gone, NotReady
from relance.mail.writing.starting import Start
from relance.people.models import Person, Suppression
from relance.team.actions import add_user
from relance.team.policy import Forbidden
from relance.team.workspace import organisation
from tests.mail.outbound.engine import NOW, RECENT, dispatcher, is_done, until

pytestmark = pytest.mark.django_db

MAIL = """From: "Olivier, Mercadier" <olivier@mercadier.test>
To: Claire Aubry <claire@helionne.test>, Hélène <helene@mercadier.test>
Cc: max@mercadier.test
Subject: RE: Devis
Date: Fri, 20 Nov 2026 08:00:00 +0100
Message-ID: <abc@mercadier.test>
References: <first@mercadier.test>
Content-Type: text/html; charset=utf-8

<p>Bonjour {Person.firstName}<script>alert(1)</script></p>
"""


@pytest.fixture
def received(box):
    raw = MAIL.replace("\n", "\r\n").encode()
    return Received.objects.create(mailbox=box, key="k", raw=zlib.compress(raw), size=len(raw), received_at=NOW)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@b.test", [("", "a@b.test")]),
        ('"Mercadier, Olivier" <o@m.test>; b@m.test', [("Mercadier, Olivier", "o@m.test"), ("", "b@m.test")]),
        ("Hélène <H@M.test>\n x@m.test ,", [("Hélène", "H@m.test"), ("", "x@m.test")]),
    ],
)
def test_addresses_are_read_as_people_write_them(text, found):
    assert [(each.name, each.email) for each in addressing.read("to", text)] == found


def test_what_is_no_address_is_kept_and_says_so(draft, claire):
    drafts.save(draft, {"to": "Eve <person0@client.test>, bob"}, by=claire, now=NOW)
    draft.refresh_from_db()

    with pytest.raises(NotReady, match="bob is not an address"):
        leaving.send(draft, by=claire, now=NOW)

    assert draft.to == "Eve <person0@client.test>, bob"


@pytest.mark.shows("ENG-01")
def test_the_same_page_asking_twice_keeps_one_mail_and_an_older_window_overwrites_nothing(claire, box):
    key = uuid.uuid4()
    first = drafts.begin({"subject": "One"}, by=claire, now=NOW, key=key)
    again = drafts.begin({"subject": "Two"}, by=claire, now=NOW, key=key)
    drafts.save(first, {"subject": "Newer"}, by=claire, now=NOW, version=0)

    with pytest.raises(ChangedElsewhere):
        drafts.save(first, {"subject": "Older"}, by=claire, now=NOW, version=0)

    assert first.pk == again.pk
    assert SavedDraft.objects.get().subject == "Newer"


@pytest.mark.shows("X8")
def test_nobody_else_sees_changes_or_sends_it(draft):
    other = add_user(email="luc@helionne.test", name="Luc", role="administrator")

    for act in (
        lambda: drafts.save(draft, {"subject": "x"}, by=other, now=NOW),
        lambda: drafts.discard(draft, by=other),
        lambda: leaving.send(draft, by=other, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()

    assert not SavedDraft.objects.visible_to(other).exists()


@pytest.mark.shows("ENG-01", "D365-04")
def test_it_leaves_once_with_its_people_linked_and_its_tracking_frozen(draft, claire, eve):
    drafts.save(draft, {"cc": "Max <max@other.test>", "about_kind": "deal", "about_id": 7}, by=claire, now=NOW)

    message = leaving.send(draft, by=claire, now=NOW)

    copies = Recipient.objects.filter(message=message).order_by("id")
    assert [(copy.email, copy.person_id) for copy in copies] == [
        ("person0@client.test", eve.pk),
        ("max@other.test", None),
    ]
    assert (message.shown_to, message.shown_cc) == (
        [["Eve", "person0@client.test"]], [["Max", "max@other.test"]],
    )  # fmt: skip
    assert (message.kind, message.track, message.about_kind, message.about_id) == ("personal", True, "deal", 7)
    with pytest.raises(AlreadySent):
        leaving.send(draft, by=claire, now=NOW)
    with pytest.raises(AlreadySent):
        drafts.save(draft, {"subject": "x"}, by=claire, now=NOW)


@pytest.mark.shows("D365-05", "D365-07", "ENG-04")
def test_a_scheduled_mail_is_taken_back_changed_and_sent_under_a_new_key(draft, claire):
    at = NOW + timedelta(days=1)
    drafts.save(draft, {"deliver_at": at}, by=claire, now=NOW)
    first = leaving.send(draft, by=claire, now=NOW)

    leaving.take_back(draft, by=claire, now=NOW)
    draft.refresh_from_db()
    second = leaving.send(draft, by=claire, now=NOW)

    assert first.deliver_at == second.deliver_at == at
    assert first.send_key != second.send_key
    assert [message.pk for message in Message.objects.all()] == [second.pk]


@pytest.mark.parametrize("state", ["leased", "in_data", "sent"])
def test_what_has_begun_to_leave_is_not_taken_back(draft, claire, state):
    message = leaving.send(draft, by=claire, now=NOW)
    message.recipients.update(state=state)

    with pytest.raises(Gone):
        leaving.take_back(draft, by=claire, now=NOW)

    draft.refresh_from_db()
    assert draft.message_id == message.pk


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize("text", ["<p>Hello {Person.firstName}</p>", "<p>{Deal.amonut}</p>", "<p>{{Person.name}}</p>"])
def test_a_field_that_is_not_filled_in_never_leaves(draft, claire, text):
    drafts.save(draft, {"html": text}, by=claire, now=NOW)
    draft.refresh_from_db()

    with pytest.raises(NotReady, match="is not filled in"):
        leaving.send(draft, by=claire, now=NOW)


@pytest.mark.shows("TPL-01", "TPL-02")
def test_a_template_is_filled_in_for_the_person(draft, claire):
    template = Template.objects.create(
        name="Quote", subject="For {Person.firstName}", html="<p>Hello {Person.firstName|you}</p>", owner=claire,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip

    used = starting.use_template(draft, template, by=claire, now=NOW)

    assert used.subject == "For person0"
    assert "Hello person0" in used.html
    assert not preflight.problems(preflight.examine(used))


@pytest.mark.shows("UNSUB-02", "ENG-01")
def test_an_opt_out_only_warns_and_a_refused_consent_is_not_followed(draft, claire, eve):
    Suppression.objects.create(normal="person0@client.test", scope="marketing", route="page", at=NOW)
    Person.objects.filter(pk=eve.pk).update(tracking_consent="denied")

    (recipient,) = addressing.recipients(draft, by=claire)

    assert recipient.warnings == ("opted_out",)
    assert (recipient.mode, recipient.why) == ("none", "denied")
    assert leaving.send(draft, by=claire, now=NOW).recipients.filter(state="queued").count() == 1


@pytest.mark.parametrize(
    ("html", "key"),
    [
        ('<a href="https://evil.test/x">www.bank.test</a>', "lying_link"),
        ('<img src="https://a.test/x.png">', "images"),
        ("<p>See the attached file</p>", "no_file"),
        ("<p>Veuillez trouver ci-joint le devis</p>", "no_file"),
    ],
)
def test_the_preflight_says_what_would_look_bad(draft, claire, html, key):
    saved = drafts.save(draft, {"html": f"<p>Hello</p>{html}"}, by=claire, now=NOW)

    assert key in {check.key for check in preflight.examine(saved)}
    assert not preflight.problems(preflight.examine(saved))


def test_a_link_that_tells_where_it_leads_is_no_lie(draft, claire):
    html = '<p><a href="https://www.bank.test/a?b">bank.test</a> <a href="https://x.test">our offer</a></p>'

    saved = drafts.save(draft, {"html": html}, by=claire, now=NOW)

    assert "lying_link" not in {check.key for check in preflight.examine(saved)}


@pytest.mark.shows("INBOX-03", "X7", "X8")
def test_an_answer_to_all_quotes_safely_and_goes_into_the_thread(received, claire):
    draft = starting.begin(Start(answers=received, mode="all"), by=claire, now=NOW)
    saved = drafts.save(draft, {"html": "<p>Bonjour</p>"}, by=claire, now=NOW)

    message = leaving.send(saved, by=claire, now=NOW)

    assert draft.to == '"Olivier, Mercadier" <olivier@mercadier.test>'
    assert draft.cc == '"Hélène" <helene@mercadier.test>, max@mercadier.test'
    assert draft.subject == "RE: Devis"
    assert "script" not in draft.quoted
    assert "{Person.firstName}" in message.content.html
    assert message.in_reply_to == "<abc@mercadier.test>"
    assert message.references == "<first@mercadier.test> <abc@mercadier.test>"


@pytest.mark.shows("INBOX-03")
def test_a_forward_begins_a_thread_of_its_own(received, claire):
    draft = starting.begin(Start(answers=received, mode="forward"), by=claire, now=NOW)

    assert (draft.to, draft.subject) == ("", "Fwd: RE: Devis")
    assert leaving.thread_of(draft) == answering.Thread()


@pytest.mark.shows("D365-15")
def test_files_belong_to_a_saved_mail_and_leave_with_it(draft, claire):
    given = attaching.Given(name="a.pdf", content_type="application/pdf", data=b"%PDF")
    inside = attaching.attach(draft, given, by=claire, now=NOW)
    followed = attaching.attach(draft, given, by=claire, now=NOW, follow=True)

    message = leaving.send(draft, by=claire, now=NOW)

    sent = list(message.content.attachments.all())
    assert [(row.number, row.is_followed) for row in sent] == [(1, False), (2, True)]
    assert 'data-file="2"' in message.content.html
    assert {row.draft_id for row in (inside, followed)} == {draft.pk}
    with pytest.raises(AlreadySent):
        attaching.remove(inside, by=claire)


@pytest.mark.shows("D365-18")
def test_a_file_cannot_be_followed_where_nothing_is(draft, claire):
    from relance.team.workspace import organisation

    house = organisation()
    house.tracking = "off"
    house.save()

    with pytest.raises(Refused, match="follows no mail"):
        attaching.attach(draft, attaching.Given(name="a", content_type="", data=b"x"), by=claire, now=NOW, follow=True)


@pytest.fixture
def house(claire):
    """The organisation has an address of its own."""
    known = organisation()
    known.mail_name, known.mail_address = "Helionne", "bonjour@helionne.test"
    known.save()
    return known


def written_with(draft, claire, **choices):
    """The mail, its words from a template with these choices."""
    values = {"name": "Toit", "subject": "Toit", "html": "<p>Toit</p>", **choices}
    template = add_template(TemplateDraft(values=values), by=claire, now=NOW)
    return starting.use_template(draft, template, by=claire, now=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("TPL-01", "ENG-01")
@pytest.mark.parametrize(
    ("choices", "from_", "reply_to"),
    [
        ({}, "claire@helionne.test", ""),
        ({"from_choice": "organisation"}, "bonjour@helionne.test", "claire@helionne.test"),
        ({"reply_choice": "organisation"}, "claire@helionne.test", "bonjour@helionne.test"),
        ({"from_choice": "owner", "reply_choice": "owner"}, "maud@helionne.test", ""),
    ],
)
def test_the_from_and_reply_to_of_a_template_stand_in_the_mail_that_leaves(
    draft, claire, eve, house, box, choices, from_, reply_to
):
    eve.owner = add_user(email="maud@helionne.test", name="Maud", role="salesperson")
    eve.save(update_fields=["owner"])
    draft = written_with(draft, claire, **choices)
    told = leaving.sender_of(draft)[1], leaving.replies_to(draft)
    with FakeRelay(Script()) as relay:
        type(box).objects.update(port=relay.port, security="none")
        message = leaving.send(draft, by=claire, now=RECENT)
        with dispatcher():
            until(is_done(message))
        sent = message_from_bytes(relay.mails[0].content, policy=default)

    assert told == (from_, reply_to)
    assert sent["From"].addresses[0].addr_spec == from_
    assert (sent["Reply-To"].addresses[0].addr_spec if sent["Reply-To"] else "") == reply_to
    assert sent["Message-ID"] == answering.message_id_of(message.recipients.get())


@pytest.mark.shows("TPL-01", "TPL-02")
def test_an_organisation_without_an_address_sends_no_mail_in_its_name(draft, claire):
    draft = written_with(draft, claire, reply_choice="organisation")

    with pytest.raises(NotReady, match="no sender address yet"):
        leaving.send(draft, by=claire, now=NOW)


@pytest.mark.shows("TPL-01", "TPL-02")
def test_an_address_of_another_domain_than_the_mailbox_is_told_of(draft, claire, house):
    house.mail_address = "bonjour@elsewhere.test"
    house.save()

    checks = preflight.examine(written_with(draft, claire, from_choice="organisation"))

    assert [each.level for each in checks if "bonjour@elsewhere.test" in each.sentence] == ["warn"]


@pytest.mark.shows("INBOX-03")
def test_a_forward_takes_the_files_of_its_mail_along_once(box, claire):
    parts = "--x\nContent-Type: text/plain\n\nHello\n" + "".join(
        f'--x\nContent-Type: application/pdf; name="{name}"\nContent-Disposition: attachment\n\n%PDF {name}\n'
        for name in ("plan.pdf", "quote.pdf")
    )
    raw = f"From: eve@x.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n{parts}--x--\n".encode()
    received = Received.objects.create(mailbox=box, key="f", raw=zlib.compress(raw), size=len(raw), received_at=NOW)
    draft = starting.begin(Start(answers=received, mode="forward"), by=claire, now=NOW)

    left_out = [attaching.carry(received, draft, by=claire, now=NOW) for _again in range(2)]

    assert left_out == [[], []]
    assert [each.name for each in draft.attachments.order_by("number")] == ["plan.pdf", "quote.pdf"]


@pytest.mark.shows("INBOX-03")
def test_a_file_that_cannot_come_along_with_a_forward_is_told(box, claire, monkeypatch):
    raw = b"From: eve@x.test\nContent-Type: application/pdf; name=plan.pdf\n\n%PDF\n"
    received = Received.objects.create(mailbox=box, key="g", raw=zlib.compress(raw), size=len(raw), received_at=NOW)
    draft = starting.begin(Start(answers=received, mode="forward"), by=claire, now=NOW)
    monkeypatch.setattr(files, "MOST_BYTES", 3)

    told = attaching.carry(received, draft, by=claire, now=NOW)

    assert [str(each) for each in told] == ["plan.pdf is larger than 0 MB."]
    assert not draft.attachments.exists()
