"""What comes back from the demo's people is mail that any parser reads."""

import email
import email.policy
from datetime import UTC, datetime

import pytest

from relance.ops import answers

pytestmark = pytest.mark.shows("ADM-06")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
READ = answers.Received(
    sender="bounce+token@helionne.example", recipient="eve@example.com", reply_to="camille@helionne.example",
    subject="Vos aides", message_id="<1@helionne.example>", language="fr",
    head=b"From: camille@helionne.example\r\nMessage-ID: <1@helionne.example>\r\n",
)  # fmt: skip


def parsed(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_an_answer_stands_in_the_thread():
    mail = parsed(answers.reply(READ, choice=1, at=NOW))

    assert (mail["From"], mail["To"], mail["In-Reply-To"]) == (READ.recipient, READ.reply_to, READ.message_id)
    assert mail["Auto-Submitted"] is None


def test_an_absence_says_that_it_is_automatic():
    assert parsed(answers.absence(READ, at=NOW))["Auto-Submitted"] == "auto-replied"


def test_a_bounce_is_a_delivery_status_report_with_the_headers_of_the_mail():
    mail = parsed(answers.bounce(READ, status="5.1.1", text="550 5.1.1 User unknown", at=NOW))

    types = [part.get_content_type() for part in mail.iter_parts()]
    assert types == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    fields = list(mail.iter_parts())[1].get_payload()[1]
    assert (fields["Status"], fields["Action"]) == ("5.1.1", "failed")
    assert mail["To"] == READ.sender


def test_a_complaint_is_a_feedback_report():
    mail = parsed(answers.complaint(READ, at=NOW))

    assert mail.get_param("report-type") == "feedback-report"
