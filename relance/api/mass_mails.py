"""Mass mails: draft, check, launch, hold (MASS-01 to MASS-07, MASS-09)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from relance.api.key import Caller
from relance.api.mailboxes import mine
from relance.api.mass_mails_told import (
    AcceptedOut,
    AudiencePage,
    LeftOutPage,
    MassMailChange,
    MassMailIn,
    MassMailOut,
    MassMails,
    PreflightOut,
    ScheduleIn,
    WhoIsLeftOut,
    show,
    show_excluded,
    show_preflight,
)  # fmt: skip
from relance.api.paging import Page, PageQuery, paged, start_of
from relance.campaigns import actions, audience, preflight, sources
from relance.campaigns.models import MassMail, TargetList
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Template
from relance.records import lists
from relance.team.models import User

router = Router(tags=["Mass mails"])
TAKES = {"rows": {"ids"}, "filter": {"params"}, "all": set[str](), "lists": {"lists"}}
MAY_BE_NOTHING = frozenset({"template_id", "mailbox_id"})


class BadCriteria(Refused):
    """The criteria do not fit the audience: nobody is chosen by mistake."""


def found(request: Caller, mass_mail_id: int) -> MassMail:
    """A mass mail that the caller may see. Raises Http404."""
    rows = MassMail.objects.visible_to(request.user).select_related("message", "template", "mailbox", "creator")
    return get_object_or_404(rows, pk=mass_mail_id)


def draft(request: Caller, wanted: MassMailChange, before: MassMail | None = None) -> actions.MassMailDraft:
    """The request as a draft. Raises BadCriteria, and Http404 for a template or mailbox that is not there."""
    values = wanted.model_dump(exclude_unset=True, exclude={"criteria"})
    values = {name: value for name, value in values.items() if value is not None or name in MAY_BE_NOTHING}
    if wanted.criteria is not None:
        values["criteria"] = wanted.criteria.model_dump(exclude_none=True)
    if values.get("module") and values["module"] not in sources.modules():
        raise BadCriteria(_("A mass mail goes to leads, contacts, deals, or a module whose records carry addresses."))
    if {"module", "audience", "criteria"} & values.keys():
        _require_sense(values, before, request.user)
    for ids in (values.get("excluded"), (values.get("criteria") or {}).get("lists")):
        _require_lists(ids or [], request.user)
    if "template_id" in values:
        values["template"] = _one(Template.objects.visible_to(request.user), values.pop("template_id"))
    if "mailbox_id" in values:
        values["mailbox"] = _one(mine(request), values.pop("mailbox_id"))
    return actions.MassMailDraft(values=values)


def _require_lists(ids: list[int], by: User) -> None:
    known = set(TargetList.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))
    if missing := sorted(set(ids) - known):
        raise BadCriteria(_("There is no target list %(ids)s.") % {"ids": ", ".join(map(str, missing))})


def _one(rows: Any, key: int | None) -> Any:  # a row of whichever model
    return None if key is None else get_object_or_404(rows, pk=key)


def _require_sense(values: dict[str, Any], before: MassMail | None, by: User) -> None:
    """The audience as it will stand: criteria that fit it, and filters that say something. Raises BadCriteria."""
    chosen = values.get("audience", before.audience if before else "all")
    if chosen == "all" and "criteria" not in values:
        values["criteria"] = {}
    criteria = values.get("criteria", before.criteria if before else {})
    if set(criteria) != TAKES[chosen]:
        told = _("Choose rows with ids, a filter with params, target lists with lists, or all with none of these.")
        raise BadCriteria(told)
    module = values.get("module", before.module if before else "lead")
    if (chosen == "lists") != (module == sources.LIST):
        raise BadCriteria(_("The audience lists and the module list go together."))
    if chosen == "filter":
        _require_filters(module, criteria["params"], by)


def _require_filters(module: str, params: dict[str, str], by: User) -> None:
    asked = lists.read(module, params)
    _rows, problems = lists.narrowed(asked, user=by, now=clock.now())
    aside = sorted(set(params) - set(asked.params()))
    if problems or aside:
        left = _("These say nothing here: %(names)s.") % {"names": ", ".join(aside)} if aside else ""
        raise BadCriteria(" ".join((*problems, left)).strip())
    if not params:
        raise BadCriteria(_("A filter without criteria would choose everybody. Choose all for that."))


@router.get("", response=MassMails, summary="All mass mails")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """Newest first."""
    return paged(request, response, MassMail.objects.visible_to(request.user).select_related("message"), page, show)


@router.post("", response={201: MassMailOut}, summary="Begin a mass mail")
def add(request: Caller, new: MassMailIn) -> Status[MassMailOut]:
    """A draft: nothing leaves before it is launched or scheduled."""
    return Status(201, show(actions.draft_mass_mail(draft(request, new), by=request.user, now=clock.now())))


@router.get("/{int:mass_mail_id}", response=MassMailOut, summary="One mass mail")
def read(request: Caller, mass_mail_id: int) -> MassMailOut:
    """With its progress in `status`."""
    return show(found(request, mass_mail_id))


@router.patch("/{int:mass_mail_id}", response=MassMailOut, summary="Change a mass mail")
def change(request: Caller, mass_mail_id: int, wanted: MassMailChange) -> MassMailOut:
    """Before it leaves; within 15 minutes of its time it becomes stopped."""
    mass_mail = found(request, mass_mail_id)
    wish = draft(request, wanted, mass_mail)
    return show(actions.edit_mass_mail(mass_mail, wish, by=request.user, now=clock.now()))


@router.delete("/{int:mass_mail_id}", response={204: None}, summary="Delete a mass mail")
def delete(request: Caller, mass_mail_id: int) -> Status[None]:
    """What was sent stays in each person's history."""
    actions.delete_mass_mail(found(request, mass_mail_id), by=request.user, now=clock.now())
    return Status(204, None)


@router.get("/{int:mass_mail_id}/preflight", response=PreflightOut, summary="Look before it leaves")
def check(request: Caller, mass_mail_id: int) -> PreflightOut:
    """Who gets it, who does not and why, and whether it can leave."""
    return show_preflight(preflight.examine(found(request, mass_mail_id), now=clock.now()))


@router.get("/{int:mass_mail_id}/audience", response=AudiencePage, summary="Who will get it")
def will_get(request: Caller, mass_mail_id: int, page: PageQuery) -> AudiencePage:
    """Before the launch; afterwards ask for the recipients."""
    mass_mail, now = found(request, mass_mail_id), clock.now()
    rows = audience.accepted(mass_mail, now=now, after=start_of(page), limit=page.limit + 1)
    total = audience.count(mass_mail, now=now).accepted if page.count else None
    names = AcceptedOut.model_fields
    items = [AcceptedOut(**{name: getattr(row, name) for name in names}) for row in rows[: page.limit]]
    return AudiencePage(items=items, next=_next(rows, page), total=total)


@router.get("/{int:mass_mail_id}/left-out", response=LeftOutPage, summary="Who is left out")
def left_out(request: Caller, mass_mail_id: int, which: Query[WhoIsLeftOut]) -> LeftOutPage:
    """And why, before the launch; afterwards ask for the recipients `refused`."""
    mass_mail, now = found(request, mass_mail_id), clock.now()
    rows = audience.left_out(mass_mail, now=now, reason=which.reason, after=start_of(which), limit=which.limit + 1)
    counted = audience.count(mass_mail, now=now).left_out if which.count else ()
    total = sum(left.people for left in counted if which.reason in (None, left.reason)) if which.count else None
    return LeftOutPage(items=[show_excluded(row) for row in rows[: which.limit]], next=_next(rows, which), total=total)


def _next(rows: Sequence[audience.Accepted | audience.Excluded], page: Page) -> str | None:
    return str(rows[page.limit - 1].id) if len(rows) > page.limit else None


@router.post("/{int:mass_mail_id}/schedule", response=MassMailOut, summary="Schedule")
def schedule(request: Caller, mass_mail_id: int, when: ScheduleIn) -> MassMailOut:
    """Let it leave at a time."""
    return show(actions.schedule(found(request, mass_mail_id), when.at, by=request.user, now=clock.now()))


@router.post("/{int:mass_mail_id}/launch", response=MassMailOut, summary="Launch")
def launch(request: Caller, mass_mail_id: int) -> MassMailOut:
    """Send it now."""
    actions.launch(found(request, mass_mail_id), by=request.user, now=clock.now())
    return show(found(request, mass_mail_id))


@router.post("/{int:mass_mail_id}/pause", response=MassMailOut, summary="Pause")
def pause(request: Caller, mass_mail_id: int) -> MassMailOut:
    """Hold what has not left."""
    return show(actions.pause(found(request, mass_mail_id), by=request.user, now=clock.now()))


@router.post("/{int:mass_mail_id}/resume", response=MassMailOut, summary="Resume")
def resume(request: Caller, mass_mail_id: int) -> MassMailOut:
    """Go on with those who have not had it."""
    return show(actions.resume(found(request, mass_mail_id), by=request.user, now=clock.now()))


@router.post("/{int:mass_mail_id}/stop", response=MassMailOut, summary="Stop")
def stop(request: Caller, mass_mail_id: int) -> MassMailOut:
    """What has not left is cancelled."""
    return show(actions.stop(found(request, mass_mail_id), by=request.user, now=clock.now()))


@router.post("/{int:mass_mail_id}/copy", response={201: MassMailOut}, summary="Copy")
def copy(request: Caller, mass_mail_id: int) -> Status[MassMailOut]:
    """The same once more as a draft of one's own."""
    return Status(201, show(actions.copy_mass_mail(found(request, mass_mail_id), by=request.user, now=clock.now())))
