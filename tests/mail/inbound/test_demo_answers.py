"""The mails that the people of the demo send back are understood as those of real people."""

import pytest

from relance.mail.models import Received as Kept
from relance.ops import answers
from relance.people.models import Address, Suppression
from tests.mail.inbound.test_receive import LATER, arrive, bounce_address, ours
from tests.mail.returns import message, person, recipient

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve():
    return recipient(message(), person(1))


def seen(copy, language="fr"):
    """The copy as its reader's server saw it."""
    return answers.Received(
        sender=bounce_address(copy), recipient=copy.email, reply_to="claire@helionne.example", subject="Votre étude",
        message_id=ours(copy), language=language,
        head=f"Message-ID: {ours(copy)}\r\nTo: {copy.email}\r\n".encode(),
    )  # fmt: skip


@pytest.mark.shows("ADM-06", "R14")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_mail_of_the_demo_has_its_effect(eve, language):
    to = seen(eve, language)

    for raw in (
        answers.reply(to, choice=1, at=LATER),
        answers.absence(to, at=LATER),
        answers.bounce(to, status="5.2.2", text="552 5.2.2 Mailbox full", at=LATER),
        answers.bounce(to, status="5.1.1", text="550 5.1.1 No such user here", at=LATER),
        answers.complaint(to, at=LATER),
    ):
        arrive(raw)

    kinds = list(Kept.objects.order_by("id").values_list("kind", "recipient"))
    assert kinds == [(kind, eve.pk) for kind in ("reply", "auto_reply", "bounce", "bounce", "complaint")]
    assert Address.objects.get().state == "bounced"
    assert Suppression.objects.get().scope == "everything"
