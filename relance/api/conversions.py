"""The conversion of a lead into a contact (REC-06)."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.deals_told import DealIn, values
from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.deals.conversion import Conversion, convert
from relance.lib import clock
from relance.people.models import Account, Person

router = Router(tags=["Leads"])


class ConversionIn(Wanted):
    """What is wanted beside the contact."""

    account: int | None = Field(None, ge=1, lt=2**63, description="An account that exists.")
    company: str = Field("", max_length=200, description="Or the name of one, which is made if there is none.")
    deal: DealIn | None = Field(None, description="A deal with this contact and this account.")


class ConversionOut(Schema):
    """What came of it, by ids."""

    contact: int
    account: int | None
    deal: int | None


@router.post("/{int:person_id}/conversion", response={201: ConversionOut}, summary="Convert a lead")
def convert_lead(request: Caller, person_id: int, wanted: ConversionIn) -> Status[ConversionOut]:
    """The contact is the same record: its mails, wishes and consent stay. A second time is refused."""
    person = get_object_or_404(Person.objects.visible_to(request.user), pk=person_id)
    accounts = Account.objects.visible_to(request.user)
    account = get_object_or_404(accounts, pk=wanted.account) if wanted.account else None
    asked = Conversion(account=account, company=wanted.company, deal=values(wanted.deal) if wanted.deal else None)
    done = convert(person, asked, by=request.user, now=clock.now())
    made = ConversionOut(
        contact=done.person.pk,
        account=done.account.pk if done.account else None,
        deal=done.deal.pk if done.deal else None,
    )
    return Status(201, made)
