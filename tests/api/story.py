"""What the story needs beside the API: a worker for the jobs, and readers who do something with what arrived."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from relance.lib import keys, tokens
from relance.mail.models import Recipient
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
LINK = re.compile(r"/(o|c|u)/([\w-]{32})")
CSV = '''\
Prénom;Nom;E-mail;Société;Ville
Élodie;Lefèvre;elodie@boreal.example;Boréal;Angers
Noël;Çelik;noel@boreal.example;Boréal;Angers
José;"Muñoz; dit ""Pépé""";jose@mercadier.example;Mercadier;Lyon
Zoë;Sœur;zoe@mercadier.example;Mercadier;Lyon
Éric;Doublon;ELODIE@boreal.example;Boréal;Angers
Sans;Arobase;pas-une-adresse;Ostrya;Nantes
Perdue;Dupont;perdue@ostrya.example;Ostrya;Nantes
'''


def work() -> None:
    """Do all the jobs that wait, one after the other in this thread, as a worker would."""
    app.perform_import_paths()
    while job := ProcrastinateJob.objects.filter(status="todo").order_by("id").first():
        app.tasks[job.task_name](**job.args)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])


def upload(call, text: str = CSV, *, module: str = "lead", encoding: str = "utf-8-sig"):
    """Send a file."""
    file = SimpleUploadedFile("prospects.csv", text.encode(encoding), content_type="text/csv")
    return call.client.post("/api/v1/imports", {"module": module, "file": file})


def bring_in(call, text: str = CSV) -> dict:
    """Upload, map as guessed, run: the import when it is over."""
    row = upload(call, text).json()
    call("PUT", f"/imports/{row['id']}/mapping", {"duplicates": "skip"})
    assert call("POST", f"/imports/{row['id']}/check").json()["state"] == "checked"
    assert call("POST", f"/imports/{row['id']}/run").json()["state"] == "running"
    work()
    return call("GET", f"/imports/{row['id']}").json()


def token_of(mail, letter: str, place: int = 0) -> tokens.Token:
    """A token that this very mail carries: o(pening), c(lick) or u(nsubscribing)."""
    parts = email.message_from_bytes(mail.content, policy=email.policy.SMTP).walk()
    told = "".join(part.get_content() for part in parts if part.get_content_type() == "text/html")
    found = list(dict.fromkeys(text for kind, text in LINK.findall(told) if kind == letter))
    read = tokens.read(keys.derive(settings.SECRET, "tokens"), found[place])
    assert read is not None
    return read


def hits(mail, letter: str, kind: HitKind, *, hours: int = 2, place: int = 0, **detail) -> None:
    """The reader does something with the mail, some hours after it came."""
    token = token_of(mail, letter, place)
    sent_at = Recipient.objects.get(pk=token.id).sent_at
    hit = Hit(
        id=uuid4(), kind=kind, at=sent_at + timedelta(hours=hours), recipient_id=token.id, link=token.link or None,
        method="GET", user_agent=FIREFOX, network="192.0.2.0/24", detail=detail,
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        note(cursor, [hit])
