"""A scripted SMTP server on loopback, for the demo and the tests: it logs all and misbehaves on order."""

from relance.mail.transport.fake.relay import FakeRelay
from relance.mail.transport.fake.script import At, Do, Fault, Mail, Script

__all__ = ["At", "Do", "FakeRelay", "Fault", "Mail", "Script"]
