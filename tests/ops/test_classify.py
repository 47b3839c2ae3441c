"""`relance classify`: one mail or a folder, without a database (R13, R14, G9 to G12)."""

import json
import os
import subprocess
import sys

import pytest

from tests.mail.inbound.corpus import ROOT, bounces, needs_corpus

pytestmark = [pytest.mark.shows("R13", "R14", "SEQ-08")]

AWAY = """\
From: Olivier <olivier@mercadier.example>
To: camille@helionne.example
Subject: Automatic reply: Offre
Date: Fri, 20 Nov 2026 09:00:00 +0100
Auto-Submitted: auto-replied

Je suis absent, de retour le lundi 30 novembre.
"""
BOUNCE = """\
From: MAILER-DAEMON@relais.example
To: retour@helionne.example
Subject: Undelivered Mail Returned to Sender
Return-Path: <>
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.example

Final-Recipient: rfc822; personne@mercadier.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--B--
"""


def classify(*words: str, stdin: str = "") -> str:
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("RELANCE", "DATABASE", "DJANGO"))}
    command = [sys.executable, "-m", "relance", "classify", *words]
    done = subprocess.run(command, input=stdin.encode(), capture_output=True, env=bare, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.slow
def test_an_absence_tells_its_day_of_return():
    told = json.loads(classify(stdin=AWAY))

    assert (told["kind"], told["return_date"], told["permanent"]) == ("auto_reply", "2026-11-30", None)


@pytest.mark.slow
def test_a_bounce_tells_the_address_and_that_it_is_dead():
    told = json.loads(classify(stdin=BOUNCE))

    assert told["kind"] == "bounce"
    assert (told["recipients"], told["permanent"], told["status"]) == (["personne@mercadier.example"], True, "5.1.1")


@pytest.mark.slow
def test_a_folder_gives_a_line_for_each_file(tmp_path):
    (tmp_path / "a.eml").write_text(AWAY)
    (tmp_path / "b.eml").write_bytes(b"\xff\x00 no mail at all")

    lines = [json.loads(line) for line in classify("--batch", str(tmp_path)).splitlines()]

    assert [(line["file"], line["kind"]) for line in lines] == [("a.eml", "auto_reply"), ("b.eml", "reply")]


@pytest.mark.slow
@needs_corpus
@pytest.mark.shows("G9", "G10", "G11")
def test_real_bounces_are_told_as_people_have_labelled_them():
    told = {line["file"]: line for line in map(json.loads, classify("--batch", str(ROOT / "bounces")).splitlines())}
    labels = [(told[name], label) for name, _raw, label in bounces()]

    kinds = [got["kind"] == label["kind"] for got, label in labels if label["kind"]]
    named = [
        bool({a.lower() for a in got["recipients"]} & {a.lower() for a in label["recipients"]})
        for got, label in labels
        if label["recipients"]
    ]
    verdicts = [
        (got["permanent"], label["permanent"])
        for got, label in labels
        if label["kind"] == "bounce" and label["permanent"] is not None
    ]
    alive = [got for got, wanted in verdicts if not wanted]

    assert sum(kinds) / len(kinds) >= 0.97
    assert sum(named) / len(named) >= 0.93
    assert sum(got == wanted for got, wanted in verdicts) / len(verdicts) >= 0.85
    assert sum(map(bool, alive)) / len(alive) <= 0.05


@pytest.mark.slow
@needs_corpus
@pytest.mark.shows("G7")
def test_no_malformed_mail_stops_it():
    files = [path for path in (ROOT / "malformed").iterdir() if path.is_file()]

    assert len(classify("--batch", str(ROOT / "malformed")).splitlines()) == len(files)
