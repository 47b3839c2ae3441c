"""Who I am to the API."""

from __future__ import annotations

from typing import Literal

from ninja import Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.team.models import User
from relance.team.profiles import FIELDS, change_profile

router = Router(tags=["Me"])


class MeOut(Schema):
    """The colleague whose token this is."""

    id: int
    email: str
    name: str
    role: str
    language: str
    time_zone: str
    job_title: str
    phone: str
    signature: str = Field(description="Stands where a template says {User.signature}; new mails end with it.")
    theme: str
    density: str
    letter_keys: bool


class MePatch(Wanted):
    """What is to be changed of one's own profile; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=120)
    job_title: str | None = Field(None, max_length=120)
    phone: str | None = Field(None, max_length=40)
    time_zone: str | None = Field(None, max_length=64, examples=["Europe/Paris"])
    signature: str | None = Field(None, max_length=20_000)
    language: Literal["en", "fr"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    density: Literal["compact", "comfortable"] | None = None
    letter_keys: bool | None = Field(None, description="Whether single letters act on lists.")


@router.get("/me", response=MeOut, summary="Who I am")
def me(request: Caller) -> MeOut:
    """The colleague whose token this is."""
    return _show(request.user)


@router.patch("/me", response=MeOut, summary="Change my profile")
def change(request: Caller, wanted: MePatch) -> MeOut:
    """As on the page *Your profile*; the address and the role are an administrator's."""
    told = {name: value for name, value in wanted.model_dump(exclude_unset=True).items() if value is not None}
    return _show(change_profile(request.user, told))


def _show(user: User) -> MeOut:
    return MeOut(
        id=user.pk, email=user.email, role=user.role.key, **{name: getattr(user, name) for name in FIELDS}
    )  # fmt: skip
