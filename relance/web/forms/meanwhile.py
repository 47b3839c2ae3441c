"""Two who change one record at once: what somebody else wrote while a form stood open is not undone by saving it.

The form carries a fingerprint of what each field held as it was drawn. When it comes back, a field that only the other
has changed keeps the other's value; one that both have changed is said beside the field, with who the other was and
when, by the audit, and wins if it is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from relance.lib import clock
from relance.records.models import Change
from relance.team.models import User
from relance.web import words

NAME = "as-drawn"  # with a hyphen, which no field's key has
LONGEST = 80
LOOKED_AT = 50
"""So many of the last changes of a record are looked at for who wrote a field."""
Held = str | list[str]


def drawn(form: forms.Form) -> SafeString:
    """The hidden control that tells what the fields held."""
    told = " ".join(f"{name}:{_print_of(_shown(form, name))}" for name in form.fields)
    return format_html('<input type="hidden" name="{}" value="{}">', NAME, told)


def settle(form: forms.Form, *, record: tuple[str, int] | None, user: User) -> dict[str, str]:
    """Put what others changed meanwhile into the answer; the sentences for fields that both have changed.

    `record` is the module and the id, by which the audit tells who the other was; it may be `user` in another tab.
    """
    clashes: dict[str, Held] = {}
    for name, before in _fingerprints(form):
        held, sent = _shown(form, name), _sent(form, name)
        now, wanted = _print_of(held), _print_of(sent)
        if before in (now, ""):
            continue
        if wanted == before:
            _put(form, name, held)
        elif wanted != now:
            clashes[name] = held
    last = _last(record, clashes) if record and clashes else {}
    return {name: _told(form, name, held, last.get(name), user) for name, held in clashes.items()}


def _last(record: tuple[str, int], names: Iterable[str]) -> dict[str, Change]:
    """Who wrote each of these fields last, where the audit tells."""
    module, record_id = record
    rows = Change.objects.filter(module=module, record_id=record_id).exclude(act=Change.Act.ADDED)
    lines = list(rows.select_related("by").order_by("-id")[:LOOKED_AT])
    found = {name: next((line for line in lines if name in line.fields), None) for name in names}
    return {name: line for name, line in found.items() if line is not None and line.by is not None}


def _fingerprints(form: forms.Form) -> Iterator[tuple[str, str]]:
    for part in str(form.data.get(NAME, "")).split():
        name, _colon, fingerprint = part.partition(":")
        if name in form.fields:
            yield name, fingerprint


def _print_of(held: Held) -> str:
    return blake2b("\n".join(["", *held] if isinstance(held, list) else [held]).encode(), digest_size=8).hexdigest()


def _shown(form: forms.Form, name: str) -> Held:
    """What stands in the control when it is drawn, as a browser sends it back."""
    field = form.fields[name]
    value = field.prepare_value(form.get_initial_for_field(field, name))
    if isinstance(field.widget, forms.Select | forms.CheckboxInput):
        return _plain(value)
    return _plain(field.widget.format_value(value))


def _sent(form: forms.Form, name: str) -> Held:
    return _plain(form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name)))


def _plain(value: object) -> Held:
    match value:
        case None | False:
            return ""
        case True:
            return "on"
        case list() | tuple():
            return sorted(str(one) for one in value)
        case _:
            return str(value).replace("\r\n", "\n").strip()


def _put(form: forms.Form, name: str, held: Held) -> None:
    data = QueryDict(mutable=True)
    data.update(form.data)
    data.setlist(form.add_prefix(name), held if isinstance(held, list) else [held] if held else [])
    form.data = data


def _told(form: forms.Form, name: str, held: Held, last: Change | None, user: User) -> str:
    choices = dict(_choices(form.fields[name]))
    value = ", ".join(str(choices.get(one, one)) for one in ([held] if isinstance(held, str) else held))
    told = {"value": value if len(value) <= LONGEST else f"{value[:LONGEST]}…"}
    if last is None or last.by is None:
        return _of_somebody(held) % told
    told["ago"] = words.ago(last.at, clock.now(), timezone.get_current_timezone())
    if last.by == user:
        return _of_yourself(held) % told
    return _of_a_colleague(held) % {**told, "name": str(last.by)}


def _of_somebody(held: Held) -> str:
    if not held:
        return _("Somebody emptied this while you were writing. Save again to keep what you wrote.")
    return _("Somebody wrote “%(value)s” here while you were writing. Save again to keep yours.")


def _of_yourself(held: Held) -> str:
    if not held:
        return _("You emptied this in another tab (%(ago)s). Save again to keep what you wrote here.")
    return _("You wrote “%(value)s” here in another tab (%(ago)s). Save again to keep what stands here now.")


def _of_a_colleague(held: Held) -> str:
    if not held:
        return _("%(name)s emptied this while you were writing (%(ago)s). Save again to keep what you wrote.")
    return _("%(name)s wrote “%(value)s” here while you were writing (%(ago)s). Save again to keep yours.")


def _choices(field: forms.Field) -> Iterator[tuple[str, object]]:
    for key, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            yield from ((str(one), word) for one, word in label)
        else:
            yield str(key), label
