"""Make, change, open, close and delete web forms (API-03)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.campaigns.models import Responder, TargetList
from relance.lib.refusal import Refused
from relance.records import registry, values
from relance.records.custom import TAGS
from relance.records.fields import Field, Kind
from relance.team import policy
from relance.team.models import Module, User
from relance.webforms.models import WebForm

FIELDS = (
    "name", "language", "title", "intro", "button", "thanks", "thanks_url", "fields", "agree_words", "follow_words",
    "source", "makes_task", "target_list", "responder", "sequence",
)  # fmt: skip
BUILT_IN = (
    "first_name", "last_name", "company", "job_title", "phone", "mobile", "street", "postcode", "city", "country",
    "note",
)  # fmt: skip
ASKABLE = frozenset(Kind) - {Kind.LINK, Kind.USER, Kind.MOMENT}
LONGEST = {"name": 160, "title": 160, "button": 60, "source": 120}


class BadForm(Refused):
    """A web form that may not be."""


@dataclass(frozen=True, kw_only=True)
class FormDraft:
    """What is to be changed in a form: the values named here (see FIELDS); `owners` None leaves them."""

    values: Mapping[str, object] = field(default_factory=dict)
    owners: Sequence[User] | None = None


def may_change(form: WebForm, user: User) -> bool:
    """Its creator, in whose name leads are made, and those whose role changes mass mails that far."""
    return user.may_send_mass_mail and (
        form.creator_id == user.pk or policy.allows(user, Module.MASS_MAIL, "edit", form, owner="creator")
    )


def require_change(form: WebForm, user: User) -> None:
    """Raises Forbidden."""
    told = _("Only %(name)s, who made it, may do this.") % {"name": form.creator.name}
    policy.require(may_change(form, user), told)


def offered() -> dict[str, Field]:
    """The fields of leads that a form may ask, in their order."""
    known = {each.key: each for each in registry.fields(Module.LEAD)}
    own = {key: each for key, each in known.items() if each.custom and each.kind in ASKABLE and key != TAGS.key}
    return {key: known[key] for key in BUILT_IN} | own


def asked(form: WebForm) -> list[Field]:
    """What it asks beside the address, as it stands; a field that was retired since is not asked any more."""
    known = offered()
    return [
        replace(known[told["key"]], required=bool(told.get("required")))
        for told in form.fields
        if told["key"] in known
    ]  # fmt: skip


@transaction.atomic
def save(form: WebForm | None, draft: FormDraft, *, by: User, now: datetime) -> WebForm:
    """Make or change a form. Raises Forbidden, BadForm."""
    if form is None:
        policy.require(by.may_send_mass_mail)
        form = WebForm(key=secrets.token_urlsafe(16), creator=by, created_at=now, open_since=now)
    else:
        require_change(form, by)
    for name in FIELDS:
        if name in draft.values:
            setattr(form, name, draft.values[name])
    _require_sense(form, by)
    form.updated_at = now
    form.save()
    if draft.owners is not None:
        form.owners.set([owner for owner in draft.owners if owner.is_active])
    return form


def _require_sense(form: WebForm, by: User) -> None:
    for name, longest in LONGEST.items():
        setattr(form, name, " ".join(str(getattr(form, name)).split())[:longest])
    if not form.name:
        raise BadForm(_("Give the form a name."))
    if form.language not in WebForm.Language.values:
        raise BadForm(_("A form speaks French or English."))
    _require_fields(form)
    form.thanks_url = form.thanks_url.strip()
    if form.thanks_url:
        try:
            values.read(Field(key="thanks_url", label=_("Or a page of your site"), kind=Kind.URL), form.thanks_url)
        except values.BadValue as bad:
            raise BadForm(str(bad)) from None
    if form.responder is not None and form.responder.event != Responder.Event.NAMED:
        raise BadForm(_("Choose an auto-responder that answers to web forms which name it."))
    if form.target_list_id is not None:
        policy.require(TargetList.objects.visible_to(by).filter(pk=form.target_list_id).exists())
    if form.sequence is not None and form.sequence.deleted_at is not None:
        raise BadForm(_("This sequence was deleted. Choose another one."))


def _require_fields(form: WebForm) -> None:
    known = offered()
    kept: list[dict[str, object]] = []
    for told in form.fields:
        key = told.get("key") if isinstance(told, dict) else None
        if key not in known:
            raise BadForm(_("A form cannot ask for %(field)s.") % {"field": key or _("this")})
        if key in {each["key"] for each in kept}:
            raise BadForm(_("A form asks for %(field)s once.") % {"field": known[key].label})
        kept.append({"key": key, "required": bool(told.get("required"))})
    form.fields = kept


@transaction.atomic
def switch(form: WebForm, *, on: bool, by: User, now: datetime) -> WebForm:
    """Let it take answers, or no more. Raises Forbidden."""
    require_change(form, by)
    if on != (form.open_since is not None):
        form.open_since = now if on else None
        form.save(update_fields=["open_since"])
    return form


@transaction.atomic
def delete(form: WebForm, *, by: User, now: datetime) -> None:
    """Take it off the pages and the site; its leads stay. Raises Forbidden."""
    switch(form, on=False, by=by, now=now)
    WebForm.objects.filter(pk=form.pk).update(deleted_at=now)
