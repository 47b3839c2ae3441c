"""What is held, in a real browser: said on Today, released by one button (D16)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relance.campaigns.models import MassMail
from relance.mail.models import Content, Mailbox, Message, Outbox, Recipient
from relance.team.actions import add_user

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.urls"),
    pytest.mark.shows("D16"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "un-mot-de-passe-long"


@pytest.fixture
def ines(transactional_db):
    user = add_user(email="ines@helionne.example", name="Inès Chef", role="administrator")
    user.set_password(PASSWORD)
    user.save()
    return user


def held_mail(ines):
    """A mail out of a backup, and one of which a copy has stayed unknown."""
    Outbox.objects.create(pk=1, installation="7123456789/16384")
    mailbox = Mailbox.objects.create(name="Relay", address="c@helionne.example", host="localhost")
    for number, state in ((1, "queued"), (2, "unknown")):
        message = Message.objects.create(
            kind="mass", send_key=f"mass:{number}", state="paused" if number == 1 else "done", sender=ines,
            state_why="restored" if number == 1 else "", content=Content.objects.create(subject="Aides"),
            mailbox=mailbox, deliver_at=NOW, created_at=NOW, total=2, unknown=2 * (number - 1),
        )  # fmt: skip
        MassMail.objects.create(
            name=f"Aides {number}", module="lead", state="launched", message=message, creator=ines, created_at=NOW,
            updated_at=NOW,
        )  # fmt: skip
        for name in "ab":
            Recipient.objects.create(
                message=message, email=f"{name}@x.example", normal=f"{name}@x.example", state=state, queued_at=NOW,
                doubted_at=NOW if number == 2 else None,
            )  # fmt: skip


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_what_is_held_is_said_and_released_by_one_button(visit, ines, theme, width):
    held_mail(ines)
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("ines@helionne.example", PASSWORD)
    visitor.shot(f"held-{theme}")
    barriers, overflow = visitor.barriers(), visitor.overflow()

    visitor.page.click("text=Let mail leave")
    visitor.page.wait_for_selector("text=1 mail leaves now.")

    assert (barriers, overflow) == ([], 0)
    assert visitor.barriers() == []
    assert visitor.complaints == []
    assert Message.objects.get(send_key="mass:1").state == "sending"
    assert visitor.page.is_visible("text=Nothing has shown what became of 2 copies.")
