"""Accounts: the list, one company with its people and their mail, its forms (REC-05, REC-07)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.insights import history as insights
from relance.lib import clock
from relance.lib.fold import fold
from relance.mail.writing import drafts
from relance.people import actions
from relance.people.models import Account, Person
from relance.people.wishes import addresses_of
from relance.records import lists
from relance.records.custom import fields_of
from relance.team import policy
from relance.team.models import Module
from relance.web import deal_page, engagement, pointing, record_cells, record_lists
from relance.web.agenda_panel import agenda_of
from relance.web.forms.people import AccountForm
from relance.web.history import panel
from relance.web.person_rows import rows_of
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import toast

PEOPLE = 12
SUGGESTED = 12


def index(request: HttpRequest) -> HttpResponse:
    """The list."""
    user = user_of(request)
    shown = record_lists.read(request, Module.ACCOUNT, user=user, now=clock.now())
    context = record_lists.context(shown, user=user, criteria="criteria" in request.GET)
    return render(request, "accounts/list.html", context)


def options(request: HttpRequest) -> HttpResponse:
    """Names of accounts that hold what was typed, for the field of a person's account."""
    asked = lists.Asked(module=Module.ACCOUNT, text=request.GET.get("account", "")[:200], sort=lists.BEST)
    rows = lists.first(asked, user=user_of(request), limit=SUGGESTED) if fold(asked.text) else []
    return render(request, "accounts/options.html", {"rows": rows})


def found(request: HttpRequest, account_id: int) -> Account:
    """The account, if this colleague may see it; 404 otherwise (X8)."""
    return get_object_or_404(Account.objects.visible_to(user_of(request)).select_related("owner"), pk=account_id)


def editable(request: HttpRequest, account_id: int) -> Account:
    """The account, if this colleague may also change it."""
    account = found(request, account_id)
    if not policy.allows(user_of(request), Module.ACCOUNT, "edit", account):
        raise PermissionDenied(_("Your role does not let you change this account. Its owner or an administrator can."))
    return account


def page(request: HttpRequest, account_id: int) -> HttpResponse:
    """One company: its facts, its people, their mail."""
    account, user = found(request, account_id), user_of(request)
    people = Person.objects.visible_to(user).filter(account=account)
    fields = ("id", "kind", "name", "primary_email", "job_title", "city", "owner_id", "owner__name")
    rows = list(people.order_by("name_folded", "id").values(*fields)[: PEOPLE + 1])
    base = PLACES[Module.ACCOUNT].record(account.pk)
    context = {
        "place": PLACES[Module.ACCOUNT],
        "account": account,
        "base": base,
        "addresses": addresses_of(account),
        "rows": rows_of(rows[:PEOPLE]),
        "more": len(rows) > PEOPLE,
        "website": _link(account.website),
        "cells": record_cells.of_record(account, fields_of(Module.ACCOUNT), user=user),
        "agenda": agenda_of(account, user=user, next=base) if "drawer" not in request.GET else None,
        "deals": deal_page.of_record("account", account.pk, user=user, now=clock.now()),
        "pointing": pointing.cards(Module.ACCOUNT, account.pk, user=user),
        "history": panel(Module.ACCOUNT, account.pk, user=user, query=request.GET, page_href=base),
        "figures": insights.figures(people),
        "engagement_href": engagement.address({"account": account.pk, "days": engagement.DAYS[-1]}),
        "may_edit": policy.allows(user, Module.ACCOUNT, "edit", account),
        "may_write": drafts.may_write(user),
        "may_delete": policy.allows(user, Module.ACCOUNT, "delete", account),
    }
    return render(request, "accounts/drawer.html" if "drawer" in request.GET else "accounts/page.html", context)


def _link(website: str) -> str:
    """The website as a link; nothing for anything but the web (`javascript:` in a file of strangers)."""
    if website.lower().startswith(("http://", "https://")):
        return website
    return f"https://{website}" if website and ":" not in website and " " not in website else ""


def new(request: HttpRequest) -> HttpResponse:
    """Add a company; one of the same name is shown first."""
    user = user_of(request)
    if policy.level(user, Module.ACCOUNT, "edit") == policy.NONE:
        raise PermissionDenied(_("Your role does not let you add accounts. An administrator can change it."))
    form = AccountForm(request.POST or None, user=user, initial={"owner": str(user.pk)})
    if request.method != "POST":
        return _form(request, form)
    visible, name = Account.objects.visible_to(user), form["name"].value() or ""
    twins = list(visible.filter(name_folded=fold(name)).order_by("id")[:5]) if form.is_valid() else []
    if not form.is_valid() or (twins and "anyway" not in request.POST):
        return _form(request, form, twins=twins, status=422)
    account = actions.add_account(form.draft(), by=user, now=clock.now())
    toast(request, _("%(name)s was added.") % {"name": account})
    return redirect("account", account.pk)


def edit(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change what is known of a company."""
    account, user = editable(request, account_id), user_of(request)
    form = AccountForm(request.POST or None, user=user, account=account, initial=AccountForm.initial_of(account))
    if request.method == "POST" and form.is_valid():
        actions.edit_account(account, form.draft(), by=user, now=clock.now())
        toast(request, _("%(name)s was saved.") % {"name": account})
        return redirect("account", account.pk)
    return _form(request, form, account=account, status=422 if form.errors else 200)


def _form(
    request: HttpRequest,
    form: AccountForm,
    *,
    account: Account | None = None,
    twins: list[Account] | None = None,
    status: int = 200,
) -> HttpResponse:
    place = PLACES[Module.ACCOUNT]
    base = place.record(account.pk) if account else ""
    context = {"place": place, "form": form, "account": account, "base": base, "twins": twins}
    return render(request, "accounts/form.html", context, status=status)


@require_POST
def delete(request: HttpRequest, account_id: int) -> HttpResponse:
    """Delete a company; its people stay."""
    account, user = found(request, account_id), user_of(request)
    if not policy.allows(user, Module.ACCOUNT, "delete", account):
        raise PermissionDenied(_("Your role does not let you delete this account. Its owner or an administrator can."))
    name = str(account)
    actions.delete_account(account, by=user, now=clock.now())
    toast(request, _("%(name)s was deleted. Its people stay.") % {"name": name})
    return redirect("accounts")
