"""Make, change, switch, renew and delete webhooks, try one, and send again what did not arrive (API-02).

Administrators only: every verb asks, and leaves a line in the audit, which holds no secret.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.reach import IPAddress
from relance.lib.refusal import Refused
from relance.mail.secrets import box
from relance.records import changes
from relance.records.models import Change
from relance.team.models import User
from relance.team.policy import require
from relance.webhooks import courier, rules, settling
from relance.webhooks.models import Delivery, Webhook
from relance.webhooks.settling import Parcel, opened

AUDIT = "webhook"
MOST = 50
FIELDS = ("name", "url", "events")


class BadWebhook(Refused):
    """A webhook that may not be."""


class WebhookOff(Refused):
    """It is off, so nothing can be sent to it."""


@dataclass(frozen=True, kw_only=True)
class WebhookDraft:
    """What is to be changed: the values named here (see FIELDS)."""

    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A webhook, and its secret where it is new: nobody can read it again."""

    webhook: Webhook
    secret: str = field(default="", repr=False)


@transaction.atomic
def save(webhook: Webhook | None, draft: WebhookDraft, *, by: User, now: datetime) -> Saved:
    """Make or change a webhook; a new one is on. Raises Forbidden, BadWebhook."""
    require(by.is_administrator)
    if webhook is None:
        if Webhook.objects.kept().count() >= MOST:
            raise BadWebhook(_("There are %(most)s webhooks already. Delete one first.") % {"most": MOST})
        row = Webhook(key=secrets.token_hex(16), creator=by, created_at=now, on_since=now)
        before: dict[str, object] = dict.fromkeys(FIELDS)
    else:
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        before = {name: getattr(row, name) for name in FIELDS}
    for name in FIELDS:
        if name in draft.values:
            setattr(row, name, draft.values[name])
    _require_sense(row)
    secret = _sealed(row) if webhook is None else ""
    row.updated_at = now
    row.save()
    told = {name: [before[name], getattr(row, name)] for name in FIELDS if before[name] != getattr(row, name)}
    _note(row, Change.Act.ADDED if webhook is None else Change.Act.CHANGED, told, by=by, now=now)
    return Saved(webhook=row, secret=secret)


def _require_sense(row: Webhook) -> None:
    row.name, row.url = " ".join(str(row.name).split())[:120], str(row.url).strip()
    if not row.name:
        raise BadWebhook(_("Say what the webhook is for."))
    _require_address(row.url)
    wanted = set(row.events)
    if unknown := wanted - set(rules.TYPES):
        raise BadWebhook(_("There is no event called “%(name)s”.") % {"name": min(map(str, unknown))})
    if not wanted:
        raise BadWebhook(_("Choose at least one event."))
    row.events = [name for name in rules.TYPES if name in wanted]


def _require_address(url: str) -> None:
    """A name is judged when it is connected to; an address of the network can be judged at once."""
    sentences = {
        "written": _("This is no address of a web server. Write it whole, such as https://example.com/hook."),
        "scheme": _("The address begins with https://."),
        "account": _("Leave the user name and the password out of the address: what is sent is signed."),
        "port": _("This port is not allowed."),
    }
    try:
        target = rules.target_of(url)
    except rules.BadUrl as bad:
        raise BadWebhook(sentences[bad.args[0]]) from None
    inside = settings.WEBHOOK_NETWORKS
    if not inside and not target.secure:
        raise BadWebhook(sentences["scheme"])
    if not inside and target.port not in rules.PORTS:
        raise BadWebhook(_("Webhooks go to the ports 443 and 8443."))
    address = _literal(target.host)
    if address is not None and not rules.permitted(target, address, inside):
        raise BadWebhook(
            _(
                "This address lies inside the network of the server, or its port is not allowed. Whoever runs the"
                " server may allow it with RELANCE_WEBHOOK_NETWORKS."
            )
        )


def _literal(host: str) -> IPAddress | None:
    """An address that stands there as a number, however it is written."""
    try:
        return ip_address(host) if ":" in host else ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _sealed(row: Webhook) -> str:
    """A new secret: sealed in the row, and as it is shown once."""
    text = rules.secret_of(secrets.token_bytes(rules.SECRET_BYTES))
    row.secret = box().seal(text, of=f"webhook:{row.key}")
    return text


def _note(row: Webhook, act: Change.Act, fields: Mapping[str, list[object]], *, by: User, now: datetime) -> None:
    if fields or act != Change.Act.CHANGED:
        changes.note(AUDIT, row, act, fields, by=by, now=now)  # type: ignore[arg-type]  # plain JSON


@transaction.atomic
def renew_secret(webhook: Webhook, *, by: User, now: datetime) -> Saved:
    """A new secret; for a day what is sent is signed with both, so that the receiver can change over. Raises Forbidden.

    Real time counts, as for everything that a receiver sees.
    """
    require(by.is_administrator)
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    row.old_secret = row.secret if opened(row.key, row.secret) else ""
    row.old_until = datetime.now(UTC) + rules.OLD_SECRET_LASTS
    secret = _sealed(row)
    row.updated_at = now
    row.save(update_fields=["secret", "old_secret", "old_until", "updated_at"])
    _note(row, Change.Act.CHANGED, {"secret": [None, "renewed"]}, by=by, now=now)
    return Saved(webhook=row, secret=secret)


@transaction.atomic
def switch(webhook: Webhook, *, on: bool, by: User, now: datetime) -> Webhook:
    """Tell it what happens from now on, or nothing more. Raises Forbidden."""
    require(by.is_administrator)
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if on == (row.on_since is not None):
        return row
    if on:
        row.on_since, row.off_because, row.off_at = now, "", None
        row.misses, row.failing_since, row.rests_until = 0, None, None
        row.save()
    else:
        settling.switch_off(row, Webhook.Off.BY_HAND, now=now)
    _note(row, Change.Act.CHANGED, {"on": [not on, on]}, by=by, now=now)
    return row


@transaction.atomic
def delete(webhook: Webhook, *, by: User, now: datetime) -> None:
    """Tell it nothing more, and forget what waited; its log goes within the hour. Raises Forbidden."""
    require(by.is_administrator)
    row = switch(webhook, on=False, by=by, now=now)
    Webhook.objects.filter(pk=row.pk).update(deleted_at=now, secret="", old_secret="")
    _note(row, Change.Act.DELETED, {"name": [row.name, None], "url": [row.url, None]}, by=by, now=now)


def try_out(webhook: Webhook, *, by: User, now: datetime) -> Delivery:
    """Send an event of the kind `webhook.test` at once, and tell how it was answered; it is not tried again.

    It waits ten seconds at most. Works while the webhook is off, too. Raises Forbidden.
    """
    require(by.is_administrator)
    data = {"message": "Hello from Relance", "webhook_id": webhook.pk}
    row = Delivery(
        webhook=webhook, event_id=f"msg_{secrets.token_hex(16)}", kind=rules.TEST, at=now, data=data, tries=1,
        queued_at=datetime.now(UTC),
    )  # fmt: skip
    answer = asyncio.run(
        courier.tried(
            Parcel(
                delivery_id=0, webhook_id=webhook.pk, tries=1, event_id=row.event_id, kind=row.kind, at=now, data=data,
                url=webhook.url, secrets=opened(webhook.key, webhook.secret),
            )
        )
    )  # fmt: skip
    tried_at = datetime.now(UTC)
    row.state = Delivery.State.FAILED if answer.why else Delivery.State.DELIVERED
    row.status, row.why, row.took_ms, row.tried_at = answer.status, answer.why, answer.took_ms, tried_at
    row.log = [{"at": tried_at.isoformat(), "status": row.status, "why": row.why, "ms": row.took_ms}]
    row.save()
    return row


def replay(delivery: Delivery, *, by: User) -> None:
    """Deliver an event once more, under the same id. Raises Forbidden, WebhookOff."""
    _require_on(delivery.webhook, by)
    settling.begin_again(Delivery.objects.filter(pk=delivery.pk), now=datetime.now(UTC))


def replay_failed(webhook: Webhook, *, by: User, since: datetime | None = None) -> int:
    """Deliver everything once more that did not arrive, or what was queued since then; how many.

    Raises Forbidden, WebhookOff.
    """
    _require_on(webhook, by)
    rows = webhook.deliveries.filter(state=Delivery.State.FAILED).exclude(kind=rules.TEST)
    if since is not None:
        rows = rows.filter(queued_at__gte=since)
    return settling.begin_again(rows, now=datetime.now(UTC))


def _require_on(webhook: Webhook, by: User) -> None:
    require(by.is_administrator)
    if not Webhook.objects.kept().filter(pk=webhook.pk, on_since__isnull=False).exists():
        raise WebhookOff(_("The webhook is off. Switch it on first."))
