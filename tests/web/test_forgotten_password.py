"""A colleague who has forgotten the password gets a link by mail, through the one way to send."""

import re

import pytest
from django.test import Client

from relance.config.settings import EMAIL_BACKEND
from relance.mail.models import Mailbox, Message, Recipient
from relance.mail.transport.fake import FakeRelay
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.mail.outbound.engine import dispatcher, is_done, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("ADM-01")]
FORGOTTEN = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def _the_products_own_backend(settings):
    settings.EMAIL_BACKEND = EMAIL_BACKEND  # pytest-django puts another in its place


@pytest.fixture
def camille():
    house = organisation()
    house.name, house.mail_name, house.mail_address = "Hélionne", "Hélionne", "bonjour@helionne.example"
    house.save()
    return add_user(email="camille@helionne.example", name="Camille", role="salesperson", password="forgotten-words")


def mailbox(port=2525):
    return Mailbox.objects.create(
        name="House", address="bonjour@helionne.example", host="127.0.0.1", port=port, security="none", is_default=True
    )


def test_the_link_of_the_mail_gives_a_new_password_once(camille):
    site = Client()
    with FakeRelay() as relay:
        mailbox(relay.port)
        assert site.post(FORGOTTEN, {"email": "Camille@helionne.example"}).status_code == 302
        with dispatcher():
            until(is_done(Message.objects.get()))
        [mail] = relay.mails

    text = mail.content.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    assert re.search(r"^From: .*<bonjour@helionne\.example>", text, re.MULTILINE)
    assert "List-Unsubscribe" not in text
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", text)[1]
    form = site.get(link, follow=True).redirect_chain[-1][0]
    site.post(form, {"password1": "a-new-long-password", "password2": "a-new-long-password"})
    camille.refresh_from_db()
    assert camille.check_password("a-new-long-password")
    assert Client().get(link).context["token_fail"]


def test_a_stranger_gets_the_same_answer_and_no_mail(camille):
    mailbox()

    known = Client().post(FORGOTTEN, {"email": "camille@helionne.example"})
    unknown = Client().post(FORGOTTEN, {"email": "stranger@helionne.example"})

    assert (unknown.status_code, unknown.headers["Location"]) == (known.status_code, known.headers["Location"])
    assert list(Recipient.objects.values_list("email", flat=True)) == ["camille@helionne.example"]


def test_without_a_mailbox_the_page_answers_the_same_and_the_log_says_why(camille, caplog):
    answer = Client().post(FORGOTTEN, {"email": "camille@helionne.example"})

    assert answer.status_code == 302
    assert not Message.objects.exists()
    assert "there is no mailbox to send by" in caplog.text
