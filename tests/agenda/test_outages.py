"""Those who use a mailbox are told once that it can no longer be read, and by a mailbox that works (R19)."""

from datetime import timedelta

import pytest

from relance.agenda.outages import QUIET, is_told, tell_due
from relance.mail.inbound import jobs
from relance.mail.models import Mailbox, Message
from relance.mail.transport.check import Finding
from relance.mail.transport.imap_line import NoImap
from relance.team.actions import add_user
from tests.mail.returns import NOW

HOUR = timedelta(hours=1)


@pytest.mark.shows("R19")
@pytest.mark.parametrize(
    ("code", "failures", "told"),
    [("password-refused", 1, True), ("unsteady", 1, True), ("closed", 1, False), ("closed", 4, False),
     ("closed", 5, True)],
)  # fmt: skip
def test_a_failure_is_told_when_it_will_not_mend_by_itself_or_lasts(code, failures, told):
    assert is_told(code, failures=failures) == told


@pytest.fixture
def ann(db):
    return add_user(email="ann@home.example", name="Ann", role="salesperson", language="fr")


@pytest.fixture
def box(ann):
    Mailbox.objects.create(name="Office", address="office@helionne.example", host="127.0.0.1", is_default=True)
    return Mailbox.objects.create(
        name="Ann", address="ann@helionne.example", host="127.0.0.1", imap_host="imap.helionne.example",
        kind="personal", user=ann,
    )  # fmt: skip


def look(box, monkeypatch, finding, *, at):
    """The mailbox is read at a moment at which its server says this."""

    def synchronise(*_words, **_more):
        if finding is not Finding.WORKS:
            raise NoImap(finding, "no")
        return jobs.Pass(fetched=0, is_finished=True)

    monkeypatch.setattr(jobs, "synchronise", synchronise)
    box.refresh_from_db()
    jobs.read(box, now=at)
    tell_due(at)


def notices():
    return list(Message.objects.filter(kind="notification").order_by("id"))


@pytest.mark.shows("R19")
def test_a_refused_password_is_told_once_by_another_mailbox_until_it_has_worked_for_a_day(box, ann, monkeypatch):
    for hours in range(6):
        look(box, monkeypatch, Finding.PASSWORD_REFUSED, at=NOW + hours * HOUR)
    (first,) = notices()
    assert (first.mailbox.name, first.sender, first.recipients.get().email) == ("Office", ann, "ann@home.example")
    assert first.content.subject == "ann@helionne.example ne peut plus être relevée"
    assert "imap.helionne.example" in first.content.text

    look(box, monkeypatch, Finding.WORKS, at=NOW + 7 * HOUR)
    look(box, monkeypatch, Finding.PASSWORD_REFUSED, at=NOW + 8 * HOUR)
    assert len(notices()) == 1

    look(box, monkeypatch, Finding.WORKS, at=NOW + QUIET)
    look(box, monkeypatch, Finding.PASSWORD_REFUSED, at=NOW + QUIET + HOUR)
    assert len(notices()) == 2
    assert tell_due(NOW + QUIET + HOUR) == 0


@pytest.mark.shows("R19")
def test_without_another_mailbox_that_works_nothing_is_written_and_it_stays_on_the_page(box, ann, monkeypatch):
    Mailbox.objects.exclude(pk=box.pk).update(state="broken")

    look(box, monkeypatch, Finding.PASSWORD_REFUSED, at=NOW)

    box.refresh_from_db()
    assert (notices(), box.told_broken_at, box.fetch_state) == ([], NOW, "broken")


@pytest.mark.shows("R19")
def test_of_a_shared_mailbox_each_administrator_is_told(box, ann, monkeypatch):
    Mailbox.objects.filter(pk=box.pk).update(user=None, kind="shared")
    for name in ("ada", "bea"):
        add_user(email=f"{name}@home.example", name=name, role="administrator")

    look(box, monkeypatch, Finding.PASSWORD_REFUSED, at=NOW)

    assert [one.recipients.get().email for one in notices()] == ["ada@home.example", "bea@home.example"]
