"""Roles: who may read, change and delete what (REC-03)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib.refusal import Refused
from relance.records.granted import granted
from relance.team import roles
from relance.team.models import Role, User
from relance.team.policy import require
from relance.web.forms.roles import RoleForm
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.settings import shell


def index(request: HttpRequest) -> HttpResponse:
    """All roles, and how many hold each."""
    user = _administrator(request)
    return render(request, "settings/roles.html", {"roles": roles.roles(), **shell(user, "settings-users")})


def new(request: HttpRequest) -> HttpResponse:
    """A role of one's own, which begins like a salesperson's or like the one that was copied."""
    user = _administrator(request)
    like = Role.objects.filter(key=request.GET.get("like", Role.Key.SALESPERSON)).first()
    form = RoleForm(request.POST or None, modules=list(granted().items()), role=None, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            role = roles.add_role(form.draft(), by=user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("The role %(name)s was made. Give it to colleagues on their pages.") % {"name": role})
            return redirect("settings-roles")
    return _form(request, form, user, None)


def page(request: HttpRequest, role_id: int) -> HttpResponse:
    """Change a role."""
    user = _administrator(request)
    role = get_object_or_404(roles.roles(), pk=role_id)
    form = RoleForm(request.POST or None, modules=list(granted().items()), role=role)
    if request.method == "POST" and form.is_valid():
        try:
            roles.edit_role(role, form.draft(), by=user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("The role was saved. It holds from the next click of whoever has it."))
            return redirect("settings-roles")
    return _form(request, form, user, role)


@require_POST
def delete(request: HttpRequest, role_id: int) -> HttpResponse:
    """Delete a role that nobody holds."""
    user, role = _administrator(request), get_object_or_404(Role, pk=role_id)
    try:
        roles.delete_role(role, by=user)
    except Refused as refused:
        problem(request, str(refused))
        return redirect("settings-role", role_id)
    toast(request, _("The role was deleted."))
    return redirect("settings-roles")


def _form(request: HttpRequest, form: RoleForm, user: User, role: Role | None) -> HttpResponse:
    built_in = role is not None and role.key in Role.Key.values
    context = {"form": form, "role": role, "built_in": built_in, **shell(user, "settings-users")}
    return render(request, "settings/role.html", context, status=422 if form.errors else 200)


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require(user.is_administrator)
    return user
