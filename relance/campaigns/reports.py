"""Ask, group, sum, and fill target lists by reports (CAMP-08); every reader counts what she may see (X8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, FloatField, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf, Trunc
from django.utils.translation import gettext as _

from relance.campaigns import lists
from relance.campaigns.lists import Filled
from relance.campaigns.models import ListMember, Report, TargetList
from relance.lib.refusal import Refused
from relance.records import criteria, custom_keys, registry
from relance.records import lists as records
from relance.records.custom_keys import NOTHING
from relance.records.fields import Field, Kind
from relance.records.registry import Asking, Rows, UnknownField, UnknownModule
from relance.records.selection import Kind as Chosen
from relance.records.selection import Selection
from relance.team import policy
from relance.team.models import Module, User

FIELDS = ("name", "module", "where", "group", "step", "summed", "chart")
GROUPED = frozenset(
    {Kind.TEXT, Kind.CHOICE, Kind.YES_NO, Kind.DATE, Kind.MOMENT, Kind.USER, Kind.LINK, Kind.NUMBER, Kind.EMAIL}
)
SUMMED = frozenset({Kind.NUMBER, Kind.MONEY})
DATED = frozenset({Kind.DATE, Kind.MOMENT})
MOST_GROUPS = 200
OFTEN = timedelta(minutes=5)
REACHED = (Module.LEAD, Module.CONTACT, Module.ACCOUNT, Module.DEAL)


class BadReport(Refused):
    """A report that cannot be asked."""


@dataclass(frozen=True, kw_only=True)
class ReportDraft:
    """What is to be changed in a report: the values named here (see FIELDS), the rest stays."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One line of a report; `value` is empty for records without one."""

    value: str
    word: str
    count: int
    sum: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a report tells now; `cut` when there were more groups than are shown."""

    groups: tuple[Group, ...]
    count: int
    sum: Decimal | None
    cut: bool


def may_change(report: Report, user: User) -> bool:
    """Its owner, and those whose role changes mass mails that far."""
    return user.may_send_mass_mail and (
        report.owner_id == user.pk or policy.allows(user, Module.MASS_MAIL, "edit", report, owner="owner")
    )


def _require(report: Report, user: User) -> None:
    policy.require(may_change(report, user), _("Only those who may change this report can do this."))


def groupable(module: str) -> list[Field]:
    """The fields that rows may be grouped by: those of the row itself."""
    return [one for one in registry.fields(module) if one.kind in GROUPED and one.criteria and _of_row(one)]


def summable(module: str) -> list[Field]:
    """The fields that may be summed."""
    return [one for one in registry.fields(module) if one.kind in SUMMED and _of_row(one)]


def _of_row(one: Field) -> bool:
    return not one.many and (one.custom or "__" not in one.path) and not (one.custom and one.kind == Kind.LINK)


@transaction.atomic
def save(report: Report | None, draft: ReportDraft, *, by: User, now: datetime) -> Report:
    """Make or change a report. Raises Forbidden, BadReport, BadCriteria."""
    if report is None:
        policy.require(by.may_send_mass_mail)
        report = Report(owner=by, created_at=now, updated_at=now)
    else:
        _require(report, by)
    for name in FIELDS:
        if name in draft.values:
            setattr(report, name, draft.values[name])
    _require_sense(report, by, now)
    report.updated_at = now
    report.save()
    return report


def _require_sense(report: Report, by: User, now: datetime) -> None:
    report.name = " ".join(report.name.split())[:160]
    if not report.name:
        raise BadReport(_("Give the report a name."))
    try:
        registry.module(report.module)
    except UnknownModule:
        raise BadReport(_("There is no module %(key)s.") % {"key": report.module[:20]}) from None
    if report.group and report.group not in {one.key for one in groupable(report.module)}:
        raise BadReport(_("Rows cannot be grouped by this field."))
    if report.summed and report.summed not in {one.key for one in summable(report.module)}:
        raise BadReport(_("This field cannot be summed."))
    if report.step not in Report.Step.values or report.chart not in Report.Chart.values:
        raise BadReport(_("This chart or grouping of dates does not exist."))
    if report.where:
        criteria.condition(
            criteria.read_text(report.where), module=report.module, asking=Asking(user=by, now=now)
        )  # fmt: skip


@transaction.atomic
def delete(report: Report, *, by: User, now: datetime) -> None:
    """Take it off the pages; the list that it filled stays as it is. Raises Forbidden."""
    _require(report, by)
    Report.objects.filter(pk=report.pk).update(deleted_at=now, target_list=None)


def selection_of(report: Report) -> Selection:
    """The rows that it asks for."""
    params = {"where": report.where} if report.where else {}
    return Selection(module=report.module, kind=Chosen.FILTER if params else Chosen.ALL, params=params)


def rows_of(report: Report, *, user: User, now: datetime) -> Rows:
    """The rows that meet it, as far as the colleague sees them. Raises BadReport, UnknownModule."""
    asked = records.read(report.module, {"where": report.where} if report.where else {})
    found, problems = records.narrowed(asked, user=user, now=now)
    if problems:
        raise BadReport(" ".join(str(problem) for problem in problems))
    return found


def answer(report: Report, *, user: User, now: datetime) -> Answer:
    """Its groups, the largest first, dates in their order. Raises BadReport."""
    try:
        rows = rows_of(report, user=user, now=now).order_by()
        summed = registry.field(report.module, report.summed) if report.summed else None
        group = registry.field(report.module, report.group) if report.group else None
    except (UnknownModule, UnknownField):
        raise BadReport(_("A field of this report is not there any more. Change the report.")) from None
    sums = {"total": Sum(_number(summed))} if summed else {}
    whole = rows.aggregate(number=Count("pk"), **sums)
    count, total = whole["number"], _decimal(whole.get("total")) if summed else None
    if group is None:
        return Answer(groups=(), count=count, sum=total, cut=False)
    shown = _grouped(report, group, user)
    order = ["key"] if group.kind in DATED else ["-number", "key"]
    counted = rows.annotate(key=shown).values("key").annotate(number=Count("pk"), **sums).order_by(*order)
    told = list(counted[: MOST_GROUPS + 1])
    words = _words(group, [one["key"] for one in told], report, user)
    groups = tuple(
        Group(
            value="" if one["key"] is None else str(one["key"]), word=word, count=one["number"],
            sum=_decimal(one.get("total")) if summed else None,
        )
        for one, word in zip(told[:MOST_GROUPS], words, strict=False)
    )  # fmt: skip
    return Answer(groups=groups, count=count, sum=total, cut=len(told) > MOST_GROUPS)


def _grouped(report: Report, group: Field, user: User) -> Combinable:
    if group.kind in DATED and not group.custom:
        zone = ZoneInfo(user.time_zone) if group.kind == Kind.MOMENT else None
        return Trunc(group.path, report.step, tzinfo=zone) if zone else Trunc(group.path, report.step)
    if group.custom:
        return custom_keys.sortable(group)
    return F(group.path)


def _number(summed: Field) -> Combinable:
    if summed.custom:
        return NullIf(custom_keys.sortable(summed), float(NOTHING[True]))
    return Cast(F(summed.path), FloatField())


def _decimal(value: float | None) -> Decimal:
    return Decimal(str(round(value, 2))) if value is not None else Decimal(0)


LENGTH = {"day": 10, "month": 7, "year": 4}


def _words(group: Field, keys: list[object], report: Report, user: User) -> list[str]:
    """The groups as people read them."""
    nothing = _("None")
    match group.kind:
        case Kind.DATE | Kind.MOMENT:
            return [_day(key, report.step) or nothing for key in keys]
        case Kind.USER:
            names = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
            return [names.get(str(key), nothing) for key in keys]
        case Kind.LINK:
            linked = registry.linked(group, user).filter(pk__in=[key for key in keys if key])
            called = {row.pk: str(row) for row in linked}
            return [called.get(key, _("Not visible") if key else nothing) for key in keys]
        case Kind.YES_NO:
            told = {"True": _("Yes"), "true": _("Yes"), "False": _("No"), "false": _("No")}
            return [told.get(str(key), nothing) for key in keys]
        case _:
            options = {key: str(word) for key, word in group.options().items()} if group.kind == Kind.CHOICE else {}
            return [
                options.get(str(key), str(key)) if key not in (None, "", NOTHING[True]) else nothing for key in keys
            ]


def _day(key: object, step: str) -> str:
    if isinstance(key, (date, datetime)):
        return key.isoformat()[: LENGTH[step]]
    return str(key)[: LENGTH[step]] if key else ""


@transaction.atomic
def fill(report: Report, target_list: TargetList, *, keep: bool, by: User, now: datetime) -> Filled:
    """Put the rows of the report on a list, once, or from now on again and again. Raises Forbidden, BadReport."""
    _require(report, by)
    if report.module in Module.values and report.module not in REACHED:
        raise BadReport(_("These records have nobody to write to. Report on leads, contacts, accounts or deals."))
    filled = lists.fill(target_list, selection_of(report), by=by, now=now)
    if keep:
        report.target_list, report.owner = target_list, by
    elif report.target_list_id == target_list.pk:
        report.target_list = None
    report.filled_at = now
    report.save(update_fields=["target_list", "owner", "filled_at"])
    return filled


@transaction.atomic
def let_go(report: Report, *, by: User) -> None:
    """Keep its list up to date no more; the list stays as it is. Raises Forbidden."""
    _require(report, by)
    Report.objects.filter(pk=report.pk).update(target_list=None)


def keep_up(now: datetime) -> None:
    """Bring the lists that reports keep up to date, every few minutes."""
    due = Report.objects.filter(target_list__deleted_at=None, target_list__isnull=False, deleted_at=None)
    for report in due.exclude(filled_at__gt=now - OFTEN).select_related("target_list", "owner__role"):
        _refresh(report, now)


@transaction.atomic
def _refresh(report: Report, now: datetime) -> None:
    """Who meets it now comes on the list, who does not any more goes; whoever left the list stays noted on it."""
    target_list = report.target_list
    assert target_list is not None
    Report.objects.filter(pk=report.pk).update(filled_at=now)
    try:
        if not lists.may_change(target_list, report.owner):
            return
        lists.fill(target_list, selection_of(report), by=report.owner, now=now)
        found = rows_of(report, user=report.owner, now=now).order_by()
    except Refused:
        return
    members = ListMember.objects.filter(target_list=target_list, opted_out_at=None)
    match report.module:
        case Module.LEAD | Module.CONTACT:
            gone = members.filter(person__kind=report.module).exclude(person__in=found.values("pk"))
        case Module.ACCOUNT:
            gone = members.filter(account__isnull=False).exclude(account__in=found.values("pk"))
        case Module.DEAL:
            gone = members.filter(person__isnull=False).exclude(
                person__in=found.exclude(contact=None).values("contact")
            )
        case _:
            gone = members.filter(record__module=report.module).exclude(record__in=found.values("pk"))
    gone.delete()
