"""The fields of a deal from typed values: each is looked at, links through what their writer may see."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from relance.deals import pipelines
from relance.deals.models import Deal, Stage
from relance.deals.rules import CENT
from relance.lib.fold import fold
from relance.lib.refusal import Refused
from relance.people.models import Account
from relance.records import links, registry
from relance.records.fields import Value, Values
from relance.records.values import merged
from relance.team.models import Module, User

MOST = Decimal(10) ** 12
MOST_SEARCHED = 1_200


class Nameless(Refused):
    """A deal without a name could not be found again."""


class BadAmount(Refused):
    """An amount below zero, or beyond a trillion."""


class StageGone(Refused):
    """A stage or pipeline that is not in use."""


def fill(deal: Deal, values: Values, *, by: User) -> None:
    """Write what is named into the deal, without saving it. Raises Nameless, BadAmount, BadValue, NoSuchCurrency."""
    fields = registry.fields(Module.DEAL)
    links.checked(fields, values, by=by, now=standing(deal))
    if "name" in values:
        deal.name = _name(values["name"])
    if "amount" in values:
        deal.amount = _amount(values["amount"])
    if values.get("currency"):
        deal.currency = pipelines.read_currency(str(values["currency"]))
    if "close_date" in values:
        deal.close_date = _day(values["close_date"])
    if "account" in values and deal.account_id != values["account"]:
        deal.account = Account.objects.filter(pk=number_of(values["account"]) or 0).first()
    if "owner" in values and deal.owner_id != values["owner"]:
        deal.owner = User.objects.filter(pk=number_of(values["owner"]) or 0).first()
    for name in ("note", "lost_because"):
        if name in values:
            setattr(deal, name, str(values[name] or "").strip())
    custom = {field.key for field in fields if field.custom}
    deal.custom = merged(deal.custom, {key: value for key, value in values.items() if key in custom})
    deal.name_folded = fold(deal.name)[:200]
    told = f"{deal.name} {deal.account.name if deal.account else ''}"
    deal.search = fold(told).encode()[:MOST_SEARCHED].decode(errors="ignore")


def standing(deal: Deal) -> Values:
    """The links that a deal has already, which may stay though their writer cannot see them."""
    people = deal.links.values_list("person_id", flat=True) if deal.pk else ()
    contacts = tuple(map(str, people)) or None
    return {**deal.custom, "account": deal.account_id, "owner": deal.owner_id, "contact": deal.contact_id,
            "contacts": contacts}  # fmt: skip


def stage_of(values: Values, deal: Deal | None = None) -> Stage | None:
    """The stage that values lead to: the one they name, else the first of the pipeline they name. Raises StageGone."""
    number, pipeline = number_of(values.get("stage")), number_of(values.get("pipeline"))
    if number is not None:
        found = Stage.objects.select_related("pipeline").filter(pk=number).first()
        known = deal is not None and deal.stage_id == number
        if found is None or (not known and (found.retired_at or found.pipeline.retired_at)):
            raise StageGone(_("There is no such stage in use. Choose another."))
        return found
    if pipeline is None or (deal is not None and deal.pipeline_id == pipeline):
        return None
    entered = pipelines.named(pipeline)
    if entered is None:
        raise StageGone(_("There is no such pipeline in use. Choose another."))
    return pipelines.open_stages(entered)[0]


def number_of(value: Value) -> int | None:
    """The id in a value: an id, or one written down."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise StageGone(_("“%(value)s” leads to nothing.") % {"value": text[:80]})
    return int(text)


def _name(value: Value) -> str:
    name = " ".join(str(value or "").split())[:200]
    if not name:
        raise Nameless(_("Give the deal a name: without one nobody finds it again."))
    return name


def _amount(value: Value) -> Decimal:
    amount = Decimal(0) if value is None else Decimal(str(value)).quantize(CENT)
    if not 0 <= amount < MOST:
        raise BadAmount(_("An amount lies between nothing and a trillion."))
    return amount


def _day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
