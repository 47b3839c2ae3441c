"""The right of one dispatcher to send some copies, and how far it has come with them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Lease(models.Model):
    """A chunk of recipients under one token. The engine alone writes it; it lives for some seconds.

    Places count from 0 in `recipients`. Which copy may send its content is committed here (`entered`), and so is which
    one the relay took (`taken`): one row for many copies, where each copy's own row would be a change of its own. The
    recipients follow at the next beat (`outbound.register`), or when the lease lapses (`statements.SWEEP`).
    """

    token = models.UUIDField(primary_key=True)
    until = models.DateTimeField(help_text="By the database's clock.")
    messages = ArrayField(models.BigIntegerField())
    recipients = ArrayField(models.BigIntegerField())
    entered = ArrayField(models.SmallIntegerField(), help_text="Places whose content may have left.")
    taken = ArrayField(models.SmallIntegerField(), help_text="Places that the relay took: 250.")
    revoked = ArrayField(models.SmallIntegerField(), help_text="Places that may not enter any more.")

    def __str__(self) -> str:
        return str(self.token)
