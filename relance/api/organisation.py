"""The organisation and its settings."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from ninja import Router, Schema
from pydantic import Field, WithJsonSchema

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.team import settings as team_settings
from relance.team.models import Organisation
from relance.team.workspace import organisation

router = Router(tags=["Organisation"])
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Hour = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$", "description": "09:00, where we are"})
]
Tracking = Literal["track_by_default", "consent_required", "aggregate_only", "off"]


class OrganisationOut(Schema):
    """The organisation and its settings."""

    name: str
    language: str
    time_zone: str
    country: str
    workspace: str
    tracking: str
    track_opens: bool
    opt_out_required: bool
    mail_name: str
    mail_address: str
    mass_starts_per_hour: int
    scheduled_per_module_hour: int
    follow_ups_per_mail: int
    updates_per_trigger: int
    tasks_per_trigger: int
    calls_per_trigger: int
    sends_per_hour: int | None
    freeze_minutes: int
    retry_hours: int
    late_hours: int
    fetch_minutes: int
    work_days: list[int]
    work_from: Hour
    work_until: Hour
    holiday_country: str
    days_off: list[date]
    absence_days: int
    pressure_days: int | None
    company_pressure_days: int | None
    bounce_limit: int
    complaint_limit: int


class OrganisationIn(Wanted):
    """The settings to change; what is left out stays."""

    name: str | None = None
    language: Literal["en", "fr"] | None = None
    time_zone: str | None = None
    country: str | None = None
    tracking: Tracking | None = None
    track_opens: bool | None = None
    opt_out_required: bool | None = None
    mail_name: str | None = None
    mail_address: str | None = None
    mass_starts_per_hour: Number | None = None
    scheduled_per_module_hour: Number | None = None
    follow_ups_per_mail: Annotated[int, Field(ge=0, le=20)] | None = None
    updates_per_trigger: Annotated[int, Field(ge=0, le=10)] | None = None
    tasks_per_trigger: Annotated[int, Field(ge=0, le=10)] | None = None
    calls_per_trigger: Annotated[int, Field(ge=0, le=10)] | None = None
    sends_per_hour: Number | None = Field(None, description="null: as many as the relay takes")
    freeze_minutes: Number | None = None
    retry_hours: Number | None = None
    late_hours: Number | None = None
    fetch_minutes: Annotated[int, Field(ge=1, le=1_440)] | None = Field(
        None, description="Minutes from one look for new mail to the next"
    )
    work_days: list[Annotated[int, Field(ge=0, le=6)]] | None = Field(None, description="Monday is 0")
    work_from: Hour | None = None
    work_until: Hour | None = None
    holiday_country: str | None = Field(None, description="Two letters (ISO 3166); empty: none")
    days_off: list[date] | None = Field(None, description="Further days on which nobody works")
    absence_days: Annotated[int, Field(ge=1, le=60)] | None = None
    bounce_limit: Annotated[int, Field(ge=0, le=100)] | None = Field(
        None, description="Of a hundred mails; a mass mail past it pauses by itself; 0: no limit"
    )
    complaint_limit: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="Of a thousand mails; a mass mail past it pauses by itself; 0: no limit"
    )
    pressure_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Days between two automatic mails to one person; null: no limit"
    )
    company_pressure_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Days between two programs that write to one company; null: no limit"
    )


@router.get("", response=OrganisationOut, summary="The settings")
def read(request: Caller) -> Organisation:
    """The settings as they stand."""
    return organisation()


@router.patch("", response=OrganisationOut, summary="Change settings")
def change(request: Caller, wanted: OrganisationIn) -> Organisation:
    """Change settings. Administrators only."""
    return team_settings.change(wanted.model_dump(exclude_unset=True), by=request.user)
