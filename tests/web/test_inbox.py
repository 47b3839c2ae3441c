"""The inbox as its reader sees it: threads, an open mail, people, acts, and what others may not see."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from relance.agenda import actions as agenda
from relance.agenda.models import Case, Task
from relance.deals import actions as deals
from relance.deals.models import Deal, DealMail
from relance.lib import clock
from relance.mail.inbound import packing, receive
from relance.mail.models import Content, Location, Mailbox, Message, Reading, Received, Recipient
from relance.people.actions import AccountDraft, add_account, opt_out
from relance.people.models import Person
from relance.people.suppression import Wish
from relance.team.actions import add_user
from relance.team.models import Level
from relance.team.workspace import organisation
from tests.api.conftest import Caller
from tests.mail.inbound.mails import mail, report
from tests.mail.returns import NOW, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return add_user(email="ann@helionne.example", name="Ann", role="manager", language="en")


@pytest.fixture
def box():
    return Mailbox.objects.create(name="us", address="us@helionne.example", host="x", sharing="everyone")


@pytest.fixture
def reader(client, ann):
    client.force_login(ann)
    return client


def arrive(box, number=1, body="Hello", **headers):
    raw = mail(headers.pop("subject", f"Subject {number}"), body, **{"Message_ID": f"<{number}@x>", **headers})
    return receive.interpret(receive.store(box, raw, now=NOW + timedelta(minutes=number)).pk)


def shown(client, path="/inbox", **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def told_of_copy(eve, by, box, subject):
    """The number of a copy of our mail that she got."""
    content = Content.objects.create(subject=subject, html="<p>x</p>")
    message = Message.objects.create(
        kind="mass", send_key="m", content=content, mailbox=box, sender=by, deliver_at=NOW, created_at=NOW, state="done"
    )
    return Recipient.objects.create(
        message=message, person=eve, email=eve.primary_email, normal=eve.primary_email, state="sent", queued_at=NOW
    ).pk


@pytest.mark.slow
@pytest.mark.shows("INBOX-03")
def test_threads_stand_newest_first_and_page_by_a_key(reader, box, django_assert_max_num_queries):
    for number in range(1, 41):
        arrive(box, number)
    arrive(box, 50, In_Reply_To="<3@x>", subject="Re: Subject 3")

    with django_assert_max_num_queries(18):
        first = shown(reader)
    assert first.index("Re: Subject 3") < first.index("Subject 40") < first.index("Subject 13")
    assert 'class="subject clip"><span class="sr-only">Unread: </span>Subject 3<' not in first
    older = first.split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")
    second = reader.get(f"/inbox?{older}").content.decode()
    assert "Subject 11<" in second
    assert "Subject 12<" not in second


@pytest.mark.slow
def test_an_open_thread_asks_once_which_mailboxes_one_reads_and_which_people_are_meant(
    reader, box, ann, django_assert_max_num_queries
):
    eve = person(1)
    told_of_copy(eve, ann, box, "The neighbour’s figure")
    mail = arrive(box, 1)
    arrive(box, 2, In_Reply_To="<1@x>", subject="Re: Subject 1")
    Received.objects.update(parent_module="lead", parent_id=eve.pk)
    thread = Received.objects.get(pk=mail.pk).thread_id
    organisation()

    with django_assert_max_num_queries(38):
        shown(reader, thread=thread)


@pytest.mark.slow
@pytest.mark.shows("UNSUB-02", "SELL-23", "INBOX-07")
def test_a_bell_beside_an_address_tells_when_how_and_by_which_mail_one_asked_for_silence(reader, ann, box):
    eve = person(1)
    copy = told_of_copy(eve, ann, box, "The neighbour’s figure")
    opt_out(Wish(normal="eve1@rouviere.example", route="page", at=NOW, recipient_id=copy))
    opt_out(Wish(normal="jana@kessler.example", route="reply", at=NOW, recipient_id=copy))
    got = arrive(box, sender="Ève <eve1@rouviere.example>", Cc="Jana <jana@kessler.example>, Al <al@kessler.example>")

    page = shown(reader, thread=got.thread_id)

    day = "Opted out, Fri 20 Nov, 10:00 (Mass mails and sequences)"
    told = f"{day}. How: The unsubscribe page, from “The neighbour’s figure”."
    assert page.count(f'aria-label="{told}"') == 2, "at the open mail, and on her card beside it"
    assert 'class="pop tip"' in page
    stranger = f'aria-label="{day}. How: A mail to the unsubscribe address."'
    assert page.count(stranger) == 2, "of a stranger too, without the mail of another"
    assert page.count("from “The neighbour’s figure”") == 4
    assert page.count('class="told"') == 4, "not beside the address that asked for nothing"


@pytest.mark.slow
@pytest.mark.shows("INBOX-03", "INBOX-07", "ESPI-09", "ESPI-10")
def test_an_open_mail_tells_who_everybody_is_and_offers_to_create_the_unknown(reader, box):
    person(1)
    got = arrive(box, sender="Ève <eve1@rouviere.example>", To="us@helionne.example", Cc="Jana <jana@kessler.example>")

    page = shown(reader, thread=got.thread_id)

    assert reverse("lead", args=[Person.objects.get().pk]) in page
    assert "Create the contact jana@kessler.example" in page
    assert "Create the contact eve1" not in page
    assert "Create the contact us@helionne.example" not in page
    assert f'src="/inbox/mails/{got.pk}/frame"' in page


@pytest.mark.shows("INBOX-07", "ESPI-09")
def test_each_address_says_whether_it_is_a_contact_a_lead_an_account_or_a_colleague(reader, ann, box):
    contact, lead = person(1), person(2)
    Person.objects.filter(pk=contact.pk).update(kind="contact")
    Person.objects.filter(pk=lead.pk).update(kind="lead")
    account = add_account(
        AccountDraft(values={"name": "Rouvière"}, emails=("office@rouviere.example",)), by=ann, now=NOW
    )
    got = arrive(
        box, sender="eve1@rouviere.example", To=f"{ann.email.upper()}, eve2@rouviere.example",
        Cc="OFFICE@rouviere.example",
    )  # fmt: skip

    page = shown(reader, thread=got.thread_id).partition('id="reading"')[2]

    for place in (reverse("contact", args=[contact.pk]), reverse("lead", args=[lead.pk])):
        assert f'<a class="chip" href="{place}">' in page
    assert f'<a class="chip" href="{reverse("account", args=[account.pk])}">' in page
    assert page.count("User</span>") == 1


@pytest.mark.slow
@pytest.mark.shows("INBOX-03", "INBOX-07")
def test_nobody_is_made_of_the_server_that_reports_a_bounce_nor_answered_there(reader, box):
    raw = report("failed", "5.1.1", Message_ID="<b@mx.example>")
    bounce = receive.interpret(receive.store(box, raw, now=NOW).pk)
    question = arrive(box, 2, sender="Jana <jana@kessler.example>")
    assert bounce.kind == Received.Kind.BOUNCE

    page, other = shown(reader, thread=bounce.thread_id), shown(reader, thread=question.thread_id)

    assert "Mail server" in page
    assert "create the contact mailer-daemon" not in page.lower()
    assert "Create the contact jana@kessler.example" in other
    for offered in ("Create the lead", "unknown, to sort", "data-answer"):
        assert (offered in page.partition('id="reading"')[2], offered in other.partition('id="reading"')[2]) == (
            offered == "data-answer" and "data-answer-mode" in page,
            True,
        ), offered


@pytest.mark.slow
@pytest.mark.shows("INBOX-03", "INBOX-07")
def test_a_mail_without_a_name_stands_under_the_name_of_whoever_is_known_by_its_address(reader, ann, box, client):
    known = person(1)
    arrive(box, 1, sender="eve1@rouviere.example")
    arrive(box, 2, sender="somebody@else.example")

    assert f'<span class="clip">{known.name}</span>' in shown(reader)
    assert '<span class="clip">somebody@else.example</span>' in shown(reader)
    ann.role.grants.filter(module__in=("lead", "contact")).update(read=Level.NONE)
    client.force_login(ann)
    assert known.name not in shown(client)


@pytest.mark.shows("INBOX-03", "REC-09", "ENG-06")
def test_the_side_bar_says_how_much_waits_in_each_place(reader, ann, box):
    now = clock.now()
    arrive(box, 1)
    arrive(box, 2)
    for number, due in enumerate((now, now + timedelta(days=9))):
        agenda.add(Task, {"subject": f"Task {number}", "due_at": due}, by=ann, now=now)

    counts = reader.get("/counts").json()

    assert {place: each["count"] for place, each in counts.items()} == {"today": 0, "inbox": 2, "tasks": 1, "calls": 0}
    assert counts["inbox"]["told"] == "2"
    assert 'data-counted="inbox"' in shown(reader)


@pytest.mark.slow
@pytest.mark.shows("INBOX-03")
def test_reading_is_each_colleague_s_own_in_a_shared_mailbox(reader, ann, box, client):
    got = arrive(box)
    bob = add_user(email="bob@helionne.example", name="Bob", role="salesperson")
    assert 'mailrow unread"' in shown(reader)

    assert reader.post("/inbox/read", {"ids": [got.pk], "quiet": 1}).status_code == 204

    assert 'mailrow unread"' not in shown(reader)
    client.force_login(bob)
    assert 'mailrow unread"' in shown(client)


@pytest.mark.slow
@pytest.mark.shows("INBOX-08", "INBOX-03")
def test_archive_and_trash_move_and_can_be_taken_back(reader, ann, box):
    got = arrive(box)

    answer = reader.post("/inbox/trash", {"ids": [got.pk], "next": "/inbox"}, follow=True)
    assert "Moved to the trash." in answer.content.decode()

    assert "Subject 1" not in shown(reader)
    assert "Subject 1" in shown(reader, folder="trash")
    reader.post(f"/inbox/inbox?ids={got.pk}")
    assert "Subject 1" in shown(reader)
    reader.post("/inbox/archive", {"ids": [got.pk]})
    assert "Subject 1" in shown(reader, folder="archive")
    reader.post("/inbox/star", {"ids": [got.pk]})
    assert "Subject 1" in shown(reader, folder="starred")


@pytest.mark.shows("INBOX-03", "ESPI-04")
def test_each_standard_folder_is_named_and_shows_the_mail_that_lies_there_and_no_other(reader, box):
    names = ("inbox", "sent", "drafts", "archive", "trash")
    for number, role in enumerate(names, start=1):
        folder = box.folders.create(name=role.encode(), role=role, title=role, uidvalidity=1)
        Location.objects.create(folder=folder, uid=1, size=1, received=arrive(box, number, subject=f"Lies in {role}"))

    pages = {role: shown(reader, folder=role) for role in names}

    for role, page in pages.items():
        assert [other for other in names if f"Lies in {other}" in page] == [role]
    tabs = pages["sent"].split('aria-label="Folders"')[1].split("</nav>")[0]
    named = [re.sub(r"<[^>]*>|\d", "", tab).strip() for tab in re.findall(r"<a href.*?</a>", tabs, re.DOTALL)]
    assert named[:6] == ["Inbox", "Starred", "Sent", "Drafts", "Archive", "Trash"]


@pytest.mark.shows("INBOX-08", "INBOX-03")
def test_in_ones_own_mailbox_the_server_hears_of_it(reader, ann):
    own = Mailbox.objects.create(
        name="me", address="me@helionne.example", host="x", imap_host="y", user=ann, kind="personal"
    )
    inbox = own.folders.create(name=b"INBOX", role="inbox", title="Inbox", uidvalidity=1)
    own.folders.create(name=b"Trash", role="trash", title="Trash", uidvalidity=1)
    got = arrive(own)
    place = Location.objects.create(folder=inbox, uid=1, size=1, received=got)

    reader.post("/inbox/read", {"ids": [got.pk]})
    reader.post("/inbox/trash", {"ids": [got.pk]})

    place.refresh_from_db()
    assert (place.seen, place.folder.role) == (True, "trash")
    assert Reading.objects.filter(place="trash").count() == 0
    assert "Subject 1" in shown(reader, folder="trash")


@pytest.mark.shows("INBOX-08", "ESPI-12", "C-12")
def test_deleting_is_for_everyone_says_how_many_lose_it_and_needs_the_right(reader, ann, box, client):
    got = arrive(box)
    seller = add_user(email="bob@helionne.example", name="Bob", role="salesperson")

    assert "1 colleague loses it too." in shown(reader, f"/inbox/mails/{got.pk}/delete")
    client.force_login(seller)
    assert client.post(f"/inbox/mails/{got.pk}/delete").status_code == 403
    client.force_login(ann)
    client.post(f"/inbox/mails/{got.pk}/delete")

    assert not Received.objects.exists()
    assert receive.store_many(box, [(packing.pack(mail("Subject 1", "Hello", Message_ID="<1@x>")), NOW)]) == [None]


@pytest.mark.slow
@pytest.mark.shows("INBOX-03")
def test_a_search_finds_words_addresses_and_texts_whatever_their_accents(reader, box):
    arrive(box, 1, "Le Générateur est en panne", subject="Étude", sender="Zoë <zoe@kessler.example>")
    arrive(box, 2, "rien", subject="autre")

    for text in ("etude", "GENERAT", "kessler", "zoe panne"):
        found = shown(reader, folder="all", q=text)
        assert "Étude" in found
        assert ">autre<" not in found
    assert "Étude" not in shown(reader, folder="all", q="etude autre")
    assert "No mail answers" in shown(reader, folder="all", q="':* | !")


@pytest.mark.slow
@pytest.mark.shows("INBOX-06", "ESPI-07", "ESPI-08", "ESPI-10")
@pytest.mark.parametrize("module", ["lead", "contact", "task", "case", "deal"])
def test_one_step_makes_a_record_filled_in_and_linked(reader, ann, box, module):
    got = arrive(
        box, subject="Re: Devis", body="Bonjour,\n\n900 m² à Dol.", sender="LENOIR Paul <paul@cidrerie-lenoir.example>"
    )

    reader.post(f"/inbox/mails/{got.pk}/create/{module}")

    got.refresh_from_db()
    model = {"lead": Person, "contact": Person, "task": Task, "case": Case, "deal": Deal}[module]
    made = model.objects.get()
    told = {
        "lead": lambda: (made.first_name, made.last_name, made.primary_email, made.company, made.kind),
        "contact": lambda: (made.first_name, made.last_name, made.primary_email, made.company, made.kind),
        "task": lambda: (made.subject, made.note),
        "case": lambda: (made.subject, made.description),
        "deal": lambda: made.name,
    }[module]()
    text = "Bonjour,\n\n900 m² à Dol."
    assert told == {
        "lead": ("Paul", "Lenoir", "paul@cidrerie-lenoir.example", "Cidrerie Lenoir", "lead"),
        "contact": ("Paul", "Lenoir", "paul@cidrerie-lenoir.example", "Cidrerie Lenoir", "contact"),
        "task": ("Devis", f"{text}\n\n{settings.RELANCE_URL}/inbox/mails/{got.pk}"),
        "case": ("Devis", text), "deal": "Devis",
    }[module]  # fmt: skip
    if module != "task":
        assert (got.parent_module, got.parent_id) == (module, made.pk)
    if module in ("lead", "contact"):
        assert got.person_id == made.pk
        answer = reader.post(f"/inbox/mails/{got.pk}/create/{module}", follow=True)
        assert "belongs to a record already" in answer.content.decode()
    history = reader.get(reverse(module, args=[made.pk])).content.decode()
    if module != "task":
        assert f"/inbox/mails/{got.pk}" in history


@pytest.mark.slow
@pytest.mark.shows("ESPI-10", "INBOX-06", "INBOX-07")
def test_the_contact_of_an_unknown_address_in_cc_is_made_by_the_api_too(reader, ann, box):
    got = arrive(box, sender="Ève <eve@rouviere.example>", Cc="Jana Kessler <jana@kessler.example>")
    path = f"/inbox/mails/{got.pk}/records"

    made = Caller(ann)("POST", path, {"module": "contact", "address": "jana@kessler.example"})
    again = Caller(ann)("POST", path, {"module": "contact", "address": "jana@kessler.example"})

    jana = Person.objects.get()
    assert (made.status_code, made.json()["id"]) == (201, jana.pk)
    assert (jana.kind, str(jana), jana.primary_email) == ("contact", "Jana Kessler", "jana@kessler.example")
    assert again.status_code == 422
    page = shown(reader, thread=got.thread_id)
    assert reverse("contact", args=[jana.pk]) in page
    assert "Create the contact jana@kessler.example" not in page
    assert "Create the contact eve@rouviere.example" in page


@pytest.mark.slow
@pytest.mark.shows("INBOX-05", "ESPI-06")
def test_a_parent_chosen_by_hand_is_shown_and_can_be_taken_away(reader, ann, box):
    got, eve = arrive(box), person(1)

    assert "Ève 1" in shown(reader, f"/inbox/mails/{got.pk}/parents", q="eve")
    reader.post(f"/inbox/mails/{got.pk}/parent", {"parent": f"lead:{eve.pk}"})
    assert "Linked by Ann." in shown(reader, thread=got.thread_id)
    reader.post(f"/inbox/mails/{got.pk}/parent", {"parent": ""})

    got.refresh_from_db()
    assert (got.parent_id, got.parent_how) == (None, "hand")


@pytest.mark.slow
@pytest.mark.shows("X9", "R3", "INBOX-09")
def test_another_s_private_mail_is_nowhere(client, ann):
    owner = add_user(email="a@helionne.example", name="A", role="salesperson")
    own = Mailbox.objects.create(name="me", address="me@helionne.example", host="x", user=owner, kind="personal")
    eve = person(1)
    raw = (
        "geheimnis\n--x\nContent-Type: text/plain\n\nsecretword\n--x\nContent-Type: text/csv\n"
        "Content-Disposition: attachment; filename=a.csv\n\n1\n--x--\n"
    )
    got = arrive(
        own, body=raw, subject="geheimnis", sender="eve1@rouviere.example", Content_Type="multipart/mixed; boundary=x"
    )

    for user in (owner, ann, add_user(email="adm@helionne.example", name="Adm", role="administrator")):
        client.force_login(user)
        seen = user == owner
        for path in ("", "/frame", "/raw", "/files/1", "/parents"):
            status = client.get(f"/inbox/mails/{got.pk}{path}").status_code
            assert (status in (200, 302)) == seen, (user, path, status)
        for query in (
            {},
            {"folder": "all"},
            {"folder": "all", "q": "secretword"},
            {"mailbox": own.pk, "folder": "all"},
        ):
            assert ("geheimnis" in shown(client, **query)) == seen
        assert ("geheimnis" in shown(client, thread=got.thread_id)) == seen
        assert (f"/inbox/mails/{got.pk}" in shown(client, reverse("lead", args=[eve.pk]))) == seen
        assert ("geheimnis" in shown(client, "/search", q="secretword")) == seen
        client.post("/inbox/star", {"ids": [got.pk]})
        assert Reading.objects.filter(user=user).exists() == seen
        if not seen:
            assert client.post(f"/inbox/mails/{got.pk}/create/task").status_code == 404
            assert client.post(f"/inbox/mails/{got.pk}/parent", {"parent": ""}).status_code == 404


@pytest.mark.shows("INBOX-07")
def test_many_recipients_are_named_a_few_at_once_and_the_others_on_request(reader, box):
    crowd = ", ".join(f"p{number}@other.example" for number in range(1, 16))
    received = arrive(box, To=crowd, Cc="Cleo <cleo@other.example>")

    page = shown(reader, thread=received.thread_id)

    head = page.split('class="addressed')
    assert "<span>to</span>" in head[1]
    assert head[1].index("p3@other.example") < head[1].index("and 12 others") < head[1].index("p4@other.example")
    assert head[1].count("Create the contact p") == 15
    assert "<span>copy to</span>" in head[2]
    assert "Cleo" in head[2]
    assert "others" not in head[2]


@pytest.mark.slow
@pytest.mark.shows("DEAL-03")
def test_a_mail_without_a_deal_says_so_in_words(reader, box):
    Mailbox.objects.update(kind="shared", imap_host="imap.example")
    received = arrive(box)

    page = shown(reader, thread=received.thread_id)

    assert "No deal</summary>" in page
    assert "Link to a record</summary>" in page


@pytest.mark.shows("INBOX-06")
def test_a_deal_is_made_from_the_mail_of_a_lead_too(reader, ann, box):
    got = arrive(box, subject="Devis", sender="Paul <paul@cidrerie-lenoir.example>")
    reader.post(f"/inbox/mails/{got.pk}/create/lead")

    reader.post(f"/inbox/mails/{got.pk}/create/deal")

    deal = Deal.objects.get()
    assert (deal.name, deal.contact) == ("Devis", None)
    got.refresh_from_db()
    assert (got.parent_module, got.parent_id) == ("deal", deal.pk)


@pytest.mark.slow
@pytest.mark.shows("INBOX-03")
def test_whoever_stars_an_open_conversation_goes_on_reading_it(reader, box):
    got = arrive(box)
    page = shown(reader, thread=got.thread_id)
    star = page.split("/star")[1].split(">")[0]

    answer = reader.post(
        reverse("inbox-act", args=["star"]), {"ids": [got.pk], "next": star.split('value="')[1].split('"')[0]}
    )

    assert answer.url == f"/inbox?thread={got.thread_id}"
    assert "Starred (S)" in shown(reader, thread=got.thread_id)


@pytest.mark.shows("INBOX-02")
def test_an_empty_inbox_tells_whether_any_mail_can_come(reader, box):
    assert "No mailbox is read yet" in shown(reader)
    assert 'href="/settings/mailboxes"' in shown(reader)

    Mailbox.objects.update(imap_host="imap.example")

    assert "New mail appears by itself." in shown(reader)
    assert "folder of sent mail" in shown(reader, folder="sent")
    assert "New mail appears" not in shown(reader, folder="trash")


@pytest.mark.shows("INBOX-05", "INBOX-06", "DEAL-04")
def test_a_mail_that_is_put_to_a_deal_of_its_people_stands_among_its_mails(reader, ann, box):
    Mailbox.objects.update(kind="shared", imap_host="imap.example")
    got = arrive(box, sender="Paul <paul@cidrerie-lenoir.example>")
    reader.post(f"/inbox/mails/{got.pk}/create/contact")

    reader.post(f"/inbox/mails/{got.pk}/create/deal")
    made = Deal.objects.get()
    first = DealMail.objects.get()
    other = deals.add({"name": "Barn", "contact": made.contact_id}, by=ann, now=NOW)
    reader.post(f"/inbox/mails/{got.pk}/parent", {"parent": f"deal:{other.pk}"})

    assert (first.deal, first.rule, first.by) == (made, "hand", ann)
    assert DealMail.objects.get().deal == other
    stranger = deals.add({"name": "Of nobody here"}, by=ann, now=NOW)
    reader.post(f"/inbox/mails/{got.pk}/parent", {"parent": f"deal:{stranger.pk}"})
    got.refresh_from_db()
    assert (got.parent_id, DealMail.objects.get().deal) == (stranger.pk, other)
