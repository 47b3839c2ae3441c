"""What every page of the application knows: the organisation, the look its reader chose, the demo's clock."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from relance.lib import clock
from relance.team.models import Organisation, User
from relance.team.workspace import Nameplate, nameplate
from relance.web import arrivals
from relance.web.toast import Heard


def page(request: HttpRequest) -> dict[str, object]:
    """The variables of the layouts. Nothing is read from the database before a template uses it."""
    user = getattr(request, "user", None)
    known = SimpleLazyObject(_nameplate)
    return {
        "organisation": known,
        "reader": arrivals.reader(),
        "theme": _theme(user),
        "density": _density(user),
        "demo": SimpleLazyObject(lambda: known.workspace == Organisation.Workspace.DEMO),
        "now": SimpleLazyObject(_now),
        "heard": Heard(request),
    }


def _nameplate() -> Nameplate:
    """As it came with the session, or looked up where nobody is signed in."""
    arrival = arrivals.present()
    return arrival.nameplate if arrival is not None and arrival.nameplate is not None else nameplate()


def _now() -> datetime:
    return clock.now()


def _theme(user: object) -> str:
    """`light`, `dark`, or nothing: as the system."""
    if isinstance(user, User) and user.theme != User.Theme.SYSTEM:
        return user.theme
    return ""


def _density(user: object) -> str:
    if isinstance(user, User) and user.density == User.Density.COMFORTABLE:
        return user.density
    return ""
