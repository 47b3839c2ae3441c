"""Sign-in services of mailboxes (OAuth2)."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.mail import signing_in
from relance.mail.models import SignInService
from relance.team.policy import require

router = Router(tags=["Mailboxes"])
Preset = Literal["google", "microsoft", "own"]


class ServiceOut(Schema):
    """A service, with the client that this installation has there; its secret is never told."""

    id: int
    preset: str
    name: str
    authorize_url: str
    token_url: str
    scopes: str
    client_id: str
    has_secret: bool
    is_active: bool


class Services(Listed):
    """A page of services."""

    items: list[ServiceOut]


class ServiceChange(Wanted):
    """What to change; what is left out stays."""

    preset: Preset | None = Field(None, description="Its addresses and scopes are known unless it is your own.")
    name: str | None = Field(None, max_length=60)
    authorize_url: str | None = Field(None, max_length=500)
    token_url: str | None = Field(None, max_length=500)
    scopes: str | None = Field(None, max_length=500, description="With spaces between.")
    client_id: str | None = Field(None, min_length=1, max_length=300)
    client_secret: str | None = Field(None, max_length=1_000, description="An empty text forgets it; never told.")
    is_active: bool | None = None


class ServiceIn(ServiceChange):
    """A new service. Its mailboxes are signed in to on their page, by whoever they belong to."""

    preset: Preset = "own"
    client_id: str = Field(min_length=1, max_length=300)


def show(service: SignInService) -> ServiceOut:
    """A service as the API tells."""
    plain = (name for name in ServiceOut.model_fields if name != "has_secret")
    return ServiceOut(has_secret=bool(service.secret), **{name: getattr(service, name) for name in plain})


def draft(wanted: ServiceChange) -> signing_in.ServiceDraft:
    """The request as a draft."""
    values = wanted.model_dump(exclude_unset=True)
    secret = values.pop("client_secret", None)
    return signing_in.ServiceDraft(
        values={name: value for name, value in values.items() if value is not None}, secret=secret
    )


@router.get("", response=Services, summary="Sign-in services")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, object]:
    """The services where mailboxes can be signed in to. Administrators only."""
    require(request.user.is_administrator)
    return paged(request, response, SignInService.objects.all(), page, show)


@router.post("", response={201: ServiceOut}, summary="Register a service")
def add(request: Caller, new: ServiceIn) -> Status[ServiceOut]:
    """Register a service. Administrators only."""
    wanted = ServiceChange(**new.model_dump())
    return Status(201, show(signing_in.save_service(None, draft(wanted), by=request.user)))


@router.get("/{int:service_id}", response=ServiceOut, summary="One service")
def read(request: Caller, service_id: int) -> ServiceOut:
    """One service. Administrators only."""
    require(request.user.is_administrator)
    return show(get_object_or_404(SignInService, pk=service_id))


@router.patch("/{int:service_id}", response=ServiceOut, summary="Change a service")
def change(request: Caller, service_id: int, wanted: ServiceChange) -> ServiceOut:
    """Change a service, or let no further mailbox choose it. Administrators only."""
    require(request.user.is_administrator)
    return show(
        signing_in.save_service(get_object_or_404(SignInService, pk=service_id), draft(wanted), by=request.user)
    )
