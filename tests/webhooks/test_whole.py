"""A whole Relance in its processes: what a program does by the API is told to another one, and checked by it."""

import json
import urllib.request
from datetime import UTC, datetime

import pytest

from relance.webhooks import rules
from tests.ops.running import relance
from tests.webhooks.receiver import Receiver, until

pytestmark = [pytest.mark.slow, pytest.mark.shows("API-02", "ESPI-01", "X20")]
WHO = ("--email", "ada@relance.example", "--name", "Ada", "--role", "administrator", "--password-stdin")


def test_a_lead_that_a_program_adds_is_told_to_another_program():
    with Receiver() as receiver, relance(first=True, RELANCE_WEBHOOK_NETWORKS="127.0.0.0/8") as started:
        started.wait_until_ready()
        started.command("user", "create", *WHO, text="correct horse battery\n")
        key = started.command("token", "create", "--user", "ada@relance.example").stdout.strip()

        def call(path, body):
            asked = urllib.request.Request(
                f"http://127.0.0.1:{started.port}/api/v1{path}", json.dumps(body).encode(),
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )  # fmt: skip
            with urllib.request.urlopen(asked) as answer:
                return json.load(answer)

        hook = call("/webhooks", {"name": "ERP", "url": receiver.url, "events": ["person.created"]})
        lead = call("/leads", {"first_name": "Jeanne", "emails": ["jeanne@x.example"]})
        until(lambda: receiver.requests, 60)

    [request] = receiver.requests
    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    signed = rules.headers([hook["secret"]], event_id=request.told["id"], at=at, body=request.body)
    assert request.told["data"]["person"]["id"] == lead["id"]
    assert request.headers["webhook-signature"] == signed["webhook-signature"]
