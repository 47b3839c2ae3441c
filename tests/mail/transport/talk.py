"""Words of the transport tests: a letter, a relay with short patience, one try."""

from __future__ import annotations

import asyncio

from relance.mail.transport.outcome import Stage
from relance.mail.transport.relay import Relay, Security
from relance.mail.transport.smtp import session
from relance.mail.transport.transaction import Letter

SHORT = dict.fromkeys(Stage, 0.3)
CONTENT = b"Message-ID: <1@relance.test>\r\nSubject: Hello\r\n\r\nGood morning\r\n"


def letter(recipient="anna@client.test", content=CONTENT, sender="bounce@relance.test"):
    return Letter(sender, recipient, content)


def relay_to(fake, **more):
    settings = {"host": "127.0.0.1", "port": fake.port, "security": Security.NONE, "patience": SHORT}
    return Relay(**{**settings, **more})


async def go():
    return True


def send(fake, *letters, before_content=go, **more):
    """The outcomes of these letters over one connection."""

    async def talk():
        async with session(relay_to(fake, **more)) as opened:
            return [await opened.send(one, before_content=before_content) for one in letters]

    return asyncio.run(talk())
