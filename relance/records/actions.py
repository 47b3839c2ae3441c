"""Add, change and delete the records of custom modules (REC-01)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib import addresses
from relance.lib.fold import fold
from relance.records import changes, custom, links, registry, values
from relance.records.fields import Kind, Values
from relance.records.models import Record
from relance.records.values import BadValue
from relance.team import policy
from relance.team.models import User

MOST_SEARCHED = 1_200
SEARCHED = frozenset({Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL})


@transaction.atomic
def add(module: str, told: Values, *, by: User, now: datetime) -> Record:
    """A new record, its maker's own unless `owner` names somebody. Raises Forbidden, BadValue."""
    policy.require(policy.level(by, module, "edit") > policy.NONE)
    record = Record(module=module, owner=by, created_at=now, updated_at=now)
    fill(record, _checked(record, told, by, new=True))
    record.save()
    changes.added(module, record, by=by, now=now)
    return record


@transaction.atomic
def edit(record: Record, told: Values, *, by: User, now: datetime) -> Record:
    """Change what is named and leave the rest. Raises Forbidden, BadValue."""
    policy.require(policy.allows(by, record.module, "edit", record))
    before = changes.snapshot(record.module, record)
    fill(record, _checked(record, told, by, new=False))
    record.updated_at = now
    record.save()
    changes.changed(record.module, record, before, by=by, now=now)
    return record


@transaction.atomic
def delete(record: Record, *, by: User, now: datetime) -> None:
    """Delete a record. Raises Forbidden."""
    policy.require(policy.allows(by, record.module, "delete", record))
    changes.deleted(record.module, record, by=by, now=now)
    record.delete()


def _checked(record: Record, told: Values, by: User, *, new: bool) -> Values:
    fields = registry.fields(record.module)
    values.completed(fields, told, new=new)
    return links.checked(fields, told, by=by, now={} if new else {"owner": record.owner_id, **record.custom})


def fill(record: Record, told: Values) -> None:
    """Put values into a record that is not saved yet. Raises BadValue for one without a name and an address."""
    own = {field.key for field in custom.fields_of(record.module)}
    for name in ("name", "email"):
        if name in told:
            setattr(record, name, str(told[name] or ""))
    if "owner" in told:
        owner = told["owner"]
        record.owner = User.objects.filter(pk=str(owner)).first() if owner else None
    record.custom = values.merged(record.custom, {key: value for key, value in told.items() if key in own})
    finish(record)


def finish(record: Record) -> None:
    """What follows from a record's values: how its address compares, what lists sort by and searches look into."""
    if not record.name and not record.email:
        raise BadValue(_("Give a name or an e-mail address."), field="name")
    record.normal = addresses.normal(record.email) or ""
    record.name_folded = fold(record.name or record.email)[:250]
    record.search = _searched(record)


def _searched(record: Record) -> str:
    """Folded, and short enough for the index which carries it (a B-tree row holds 2,700 bytes)."""
    fields = (field for field in custom.fields_of(record.module) if field.kind in SEARCHED)
    texts = (str(record.custom.get(field.key, "")) for field in fields)
    whole = " ".join(text for text in (record.name, record.email, *texts) if text)
    return fold(whole).encode()[:MOST_SEARCHED].decode(errors="ignore")
