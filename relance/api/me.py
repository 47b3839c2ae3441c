"""Who I am to the API."""

from __future__ import annotations

from ninja import Router, Schema

from relance.api.key import Caller

router = Router(tags=["Me"])


class MeOut(Schema):
    """The colleague whose token this is."""

    id: int
    email: str
    name: str
    role: str
    language: str
    time_zone: str


@router.get("/me", response=MeOut, summary="Who I am")
def me(request: Caller) -> MeOut:
    """The colleague whose token this is."""
    user = request.user
    return MeOut(
        id=user.pk, email=user.email, name=user.name, role=user.role.key, language=user.language,
        time_zone=user.time_zone,
    )  # fmt: skip
