"""Duplicates, and two records made one: what each says side by side, which value stays (REC-08)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.people import merging
from relance.people.actions import ACCOUNT_FIELDS, PERSON_FIELDS
from relance.people.models import Account, Person
from relance.people.twins import twins
from relance.records import registry
from relance.records.fields import Words
from relance.records.merge import moved
from relance.team.models import Module, User
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

JOINED = ("note",)
Record = Person | Account


@dataclass(frozen=True)
class Choice:
    """One record's value of a field."""

    record_id: int
    text: str
    checked: bool


@dataclass(frozen=True)
class Line:
    """One field with the value of each record."""

    key: str
    label: Words
    choices: list[Choice]


def duplicates(request: HttpRequest, module: str) -> HttpResponse:
    """Records that may be the same."""
    context = {"place": PLACES[module], "groups": twins(module, user=user_of(request))}
    return render(request, "people/duplicates.html", context)


def page(request: HttpRequest, module: str) -> HttpResponse:
    """Two to ten records side by side; posting makes one of them."""
    user, rows = user_of(request), _rows(request, module)
    if len(rows) < 2:
        problem(request, _("Tick at least two records, and ten at most."))
        return redirect(PLACES[module].many)
    kept = next((row for row in rows if str(row.pk) == request.POST.get("kept", request.GET.get("kept"))), rows[0])
    sentence = ""
    if request.method == "POST":
        try:
            merged = _merge(kept, [row for row in rows if row.pk != kept.pk], _chosen(request), user)
        except Refused as refused:
            sentence = str(refused)
        else:
            told = ngettext("%(count)s record is part of %(name)s now.", "%(count)s records are part of %(name)s now.",
                            len(rows) - 1)  # fmt: skip
            toast(request, told % {"count": len(rows) - 1, "name": merged})
            return redirect(merged.kind if isinstance(merged, Person) else Module.ACCOUNT.value, merged.pk)
    context = {
        "place": PLACES[module], "rows": rows, "kept": kept, "lines": list(_lines(module, rows, kept)),
        "ids": ",".join(str(row.pk) for row in rows), "sentence": sentence,
    }  # fmt: skip
    return render(request, "people/merge.html", context, status=422 if sentence else 200)


@require_POST
def chosen(request: HttpRequest, module: str) -> HttpResponse:
    """From the ticked rows of a list."""
    answer = redirect(f"{PLACES[module].many}-merge")
    answer["Location"] += "?ids=" + ",".join(request.POST.getlist("ids"))
    return answer


def follow(request: HttpRequest, module: str, record_id: int) -> HttpResponse | None:
    """The way to the record into which this one was merged, if it was, and if one may see that."""
    to = moved(module, record_id)
    if to is None:
        return None
    people = Person.objects.visible_to(user_of(request)).filter(pk=to).values_list("kind", flat=True).first()
    return redirect(people if module != Module.ACCOUNT and people else module, to)


def _rows(request: HttpRequest, module: str) -> Sequence[Record]:
    told = (request.POST.get("ids") or request.GET.get("ids", "")).split(",")
    ids = [int(pk) for pk in told if pk.isascii() and pk.isdigit() and len(pk) < 19][: merging.MOST]
    user = user_of(request)
    if module == Module.ACCOUNT:
        return list(Account.objects.visible_to(user).filter(pk__in=ids).select_related("owner").order_by("pk"))
    return list(Person.objects.visible_to(user).filter(pk__in=ids).select_related("owner", "account").order_by("pk"))


def _merge(kept: Record, others: Sequence[Record], chosen: dict[str, int], user: User) -> Record:
    if isinstance(kept, Account):
        companies = [row for row in others if isinstance(row, Account)]
        return merging.merge_accounts(kept, companies, chosen, by=user, now=clock.now())
    people = [row for row in others if isinstance(row, Person)]
    return merging.merge_people(kept, people, chosen, by=user, now=clock.now())


def _chosen(request: HttpRequest) -> dict[str, int]:
    told = {key.removeprefix("of-"): value for key, value in request.POST.items() if key.startswith("of-")}
    return {key: int(value) for key, value in told.items() if isinstance(value, str) and value.isdecimal()}


def _lines(module: str, rows: Sequence[Record], kept: Record) -> Iterator[Line]:
    """The fields whose values differ."""
    plain = ACCOUNT_FIELDS if module == Module.ACCOUNT else (*PERSON_FIELDS, "account")
    own = [field.key for field in registry.fields(module) if field.custom]
    for field in registry.fields(module):
        if field.key not in (*plain, "owner", *own) or field.key in JOINED:
            continue
        texts = [_text(row, field.key, custom=field.custom) for row in rows]
        if len({text for text in texts if text}) > 1:
            first = next(row.pk for row, text in _from(kept, rows, texts) if text)
            choices = [Choice(row.pk, text, row.pk == first) for row, text in zip(rows, texts, strict=True)]
            yield Line(field.key, field.label, choices)


def _from(kept: Record, rows: Sequence[Record], texts: Sequence[str]) -> list[tuple[Record, str]]:
    return sorted(zip(rows, texts, strict=True), key=lambda pair: pair[0].pk != kept.pk)


def _text(row: Record, key: str, *, custom: bool) -> str:
    value = row.custom.get(key) if custom else getattr(row, key, None)
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
