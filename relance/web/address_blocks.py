"""The addresses of a record as they are drawn: each with its state, its wishes, and the forms that change them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from relance.people.models import Address
from relance.people.wishes import KnownAddress
from relance.web.forms.wishes import OptInForm, OptOutForm
from relance.web.wish_words import subjects_of, wish_words


@dataclass(frozen=True, kw_only=True)
class Block:
    """One address. `form` writes down a wish, or lifts those that stand; `open` shows it unfolded."""

    known: KnownAddress
    told: tuple[str, ...]
    form: forms.Form
    open: bool = False

    @property
    def address(self) -> Address:
        """The address itself."""
        return self.known.address

    @property
    def state(self) -> str:
        """Its state, as a word of `relance.web.words`."""
        if self.address.state == Address.State.BOUNCED:
            return "hard_bounced"
        if self.address.state == Address.State.INVALID:
            return "invalid"
        if self.known.wishes:
            return "opted_out"
        return "primary" if self.address.position == 0 else "valid"

    @property
    def works(self) -> bool:
        """Whether mail to it arrives, as far as is known."""
        return self.address.state == Address.State.VALID


def blocks(addresses: Iterable[KnownAddress], refused: tuple[int, forms.Form] | None = None) -> list[Block]:
    """The addresses of a record; `refused` is the form of one of them that has to be corrected."""
    many = list(addresses)
    told = subjects_of(line for known in many for line in known.lines)
    return [_block(known, told, refused) for known in many]


def _block(known: KnownAddress, told: dict[int | None, str], refused: tuple[int, forms.Form] | None) -> Block:
    lines = tuple(wish_words(line, told.get(line.recipient_id, "")) for line in known.lines)
    if refused and refused[0] == known.address.pk:
        return Block(known=known, told=lines, form=refused[1], open=True)
    return Block(known=known, told=lines, form=wish_form(known.address, lift=bool(known.wishes)))


def wish_form(address: Address, *, lift: bool, data: QueryDict | None = None) -> forms.Form:
    """The form of one address; its fields carry the address's number, since a page may show several."""
    return (OptInForm if lift else OptOutForm)(data, auto_id=f"address-{address.pk}-%s")
