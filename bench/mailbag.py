"""Mails as a mailbox holds them: letters in two forms, answers in threads, a few files, reports and absences."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

PEOPLE = 400
WORDS = """
    bonjour merci pour votre offre nous avons bien reçu le devis et souhaitons en parler mardi avec notre équipe
    technique le délai de livraison reste à confirmer pouvez vous nous envoyer la fiche du produit et les conditions
    de paiement je reste à votre disposition cordialement le contrat sera signé vendredi après la réunion budget
""".split()  # noqa: SIM905


def mails(many: int, *, seed: int = 1) -> Iterator[bytes]:
    """So many different mails, the same for the same seed."""
    dice = random.Random(seed)
    earlier: list[str] = []
    for number in range(many):
        yield _mail(dice, number, earlier)


def _mail(dice: random.Random, number: int, earlier: list[str]) -> bytes:
    own = f"<{number}.{dice.getrandbits(64):x}@client{number % PEOPLE}.example>"
    answered = dice.choice(earlier[-300:]) if earlier and dice.random() < 0.6 else ""
    earlier.append(own)
    text = "\n\n".join(_lines(dice) for _ in range(dice.randint(2, 8)))
    quoted = "\n".join("> " + line for line in text.splitlines()[:20]) if answered else ""
    plain = f"{text}\n\nLe mar. 3 nov. 2026 à 10:12, Claire Martin a écrit :\n{quoted}\n" if answered else text
    html = "<html><head><style>p{margin:0}</style></head><body>" + "".join(
        f'<p style="font-family:Arial">{line}</p>' for line in plain.split("\n")
    )  # fmt: skip
    head = _head(dice, number, own, answered)
    parts = [("text/plain", plain), ("text/html", html + "</body></html>")]
    body = "".join(f'--b1\r\nContent-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{said}\r\n'
                   for kind, said in parts) + "--b1--\r\n"  # fmt: skip
    if dice.random() < 0.06:
        file = base64.encodebytes(dice.randbytes(dice.randint(5_000, 120_000))).decode().replace("\n", "\r\n")
        alternative = f'--b0\r\nContent-Type: multipart/alternative; boundary="b1"\r\n\r\n{body}\r\n'
        head_of_file = 'Content-Type: application/pdf; name="devis.pdf"\r\nContent-Disposition: attachment\r\n'
        body = (f'{alternative}--b0\r\n{head_of_file}'
                f'Content-Transfer-Encoding: base64\r\n\r\n{file}\r\n--b0--\r\n')  # fmt: skip
        kind = 'multipart/mixed; boundary="b0"'
    else:
        kind = 'multipart/alternative; boundary="b1"'
    return f"{head}Content-Type: {kind}\r\n\r\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _head(dice: random.Random, number: int, own: str, answered: str) -> str:
    person = number % PEOPLE
    received = "".join(
        f"Received: from mx{n}.example (mx{n}.example [192.0.2.{n}])\r\n\tby relay.example (Postfix) with ESMTPS id"
        f" {dice.getrandbits(48):X}\r\n\tfor <equipe@helionne.example>; Tue, 3 Nov 2026 10:1{n}:00 +0100 (CET)\r\n"
        for n in range(1, 4)
    )  # fmt: skip
    signature = base64.b64encode(dice.randbytes(192)).decode()
    return (
        f"Return-Path: <eve{person}@client{person}.example>\r\nDelivered-To: equipe@helionne.example\r\n{received}"
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client{person}.example; s=s1;\r\n\tb={signature}\r\n"
        f"From: =?utf-8?q?=C3=88ve?= Roux <eve{person}@client{person}.example>\r\n"
        f"To: Équipe <equipe@helionne.example>\r\n"
        f"Subject: {'Re: ' if answered else ''}Votre offre {number % 900}\r\nDate: Tue, 3 Nov 2026 10:15:00 +0100\r\n"
        f"Message-ID: {own}\r\nMIME-Version: 1.0\r\nX-Mailer: Courrier 4.2\r\n"
        + (f"In-Reply-To: {answered}\r\nReferences: {answered}\r\n" if answered else "")
    )


def _lines(dice: random.Random) -> str:
    return "\n".join(" ".join(dice.choices(WORDS, k=12)) for _ in range(dice.randint(1, 5)))
