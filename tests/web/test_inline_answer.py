"""An answer below the open mail: begun, kept, found again, sent without leaving the conversation (INBOX-03)."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from relance.mail.inbound import packing, receive
from relance.mail.models import Mailbox, Received, SavedDraft
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from tests.mail.inbound.mails import mail

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = "6f0c0a3e-8f6e-4d5e-9d0c-0a5d4b1f2e11"
JSON = {"Accept": "application/json"}


@pytest.fixture
def camille():
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", "x", name="Camille Aubry", role=role)


@pytest.fixture
def letter(camille):
    box = Mailbox.objects.create(name="us", address="us@helionne.example", host="x", sharing="everyone")
    raw = mail("Votre étude", "Kann das Dach mehr tragen?", sender="Ève <eve@rouviere.example>",
               To="us@helionne.example", Cc="Jana <jana@kessler.example>")  # fmt: skip
    receive.store_many(box, [(packing.pack(raw), NOW)])
    receive.interpret_waiting()
    return Received.objects.get()


def opened(client, letter):
    return client.get(f"/inbox?thread={letter.thread_id}").context["answer"]


def begin(client, letter, html="<p>Oui.</p>", **more):
    values = {"reply": letter.pk, "mode": "reply", "key": KEY, "html": html, "version": 0, **more}
    return client.post(reverse("mail-new"), values, headers=JSON)


@pytest.mark.shows("INBOX-03")
def test_below_a_mail_stands_an_empty_answer_to_its_sender_or_to_all(client, camille, letter):
    client.force_login(camille)

    answer = opened(client, letter)

    assert (answer.draft.pk, answer.draft.mode) == (None, "reply")
    assert [(each.mode, each.to, each.cc) for each in answer.choices] == [
        ("reply", '"Ève" <eve@rouviere.example>', ""),
        ("all", '"Ève" <eve@rouviere.example>', "Jana <jana@kessler.example>"),
    ]
    assert not SavedDraft.objects.exists()


@pytest.mark.slow
@pytest.mark.shows("INBOX-03", "ENG-01")
def test_what_was_begun_is_found_again_below_the_mail_and_only_by_its_author(client, camille, letter):
    other = User.objects.create_user("yann@helionne.example", "x", name="Yann", role=camille.role)
    client.force_login(camille)
    begin(client, letter, to='"Ève" <eve@rouviere.example>', cc="Jana <jana@kessler.example>")

    again = opened(client, letter)
    client.force_login(other)
    others = opened(client, letter)

    assert (again.draft.html, again.draft.subject) == ("<p>Oui.</p>", "Re: Votre étude")
    assert (again.draft.cc, again.draft.answers) == ("Jana <jana@kessler.example>", letter)
    assert again.href == reverse("mail-draft", args=[again.draft.pk])
    assert others.draft.pk is None


@pytest.mark.slow
@pytest.mark.shows("INBOX-03")
def test_an_answer_that_was_sent_leaves_room_for_the_next(client, camille, letter):
    client.force_login(camille)
    begin(client, letter)
    draft = SavedDraft.objects.get()

    sent = client.post(reverse("mail-send", args=[draft.pk]), {"html": "<p>Oui.</p>"}, headers=JSON)

    assert sent.status_code == 200
    assert SavedDraft.objects.get().message is not None
    assert opened(client, letter).draft.pk is None


@pytest.mark.shows("INBOX-03", "REC-03")
def test_who_writes_no_mail_is_offered_no_answer(client, camille, letter):
    reader = User.objects.create_user("lea@helionne.example", "x", name="Léa", role=policy.ensure_roles()["read_only"])
    client.force_login(reader)

    assert opened(client, letter) is None
