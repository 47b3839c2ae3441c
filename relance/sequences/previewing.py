"""A mail of a sequence as one real person would read it (SEQ-10)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relance.mail import templates
from relance.mail.answering import answer_subject
from relance.mail.models import Template
from relance.mail.outbound.render import Preview
from relance.people.models import Person
from relance.sequences.models import Sequence, Step
from relance.team.models import User


@dataclass(frozen=True, kw_only=True)
class Read:
    """The mail, and who reads it; nobody where there is nobody yet. `unfilled`: the fields that stay empty for him."""

    reader: Person | None
    seen: Preview
    unfilled: tuple[str, ...] = ()


def read(step: Step, sequence: Sequence, person_id: int | None, *, by: User) -> Read:
    """Filled in for this person, else for one who is enrolled, else for anybody whom the colleague may see."""
    assert step.template is not None
    people = Person.objects.visible_to(by)
    enrolled = people.filter(enrolments__sequence=sequence).order_by("pk")
    reader = people.filter(pk=person_id or 0).first() or enrolled.first() or people.order_by("pk").first()
    language = sequence.language if sequence.opt_out_link else step.template.language
    parts = replace(_parts(step, step.template), language=language)  # as it will be sent
    seen = templates.preview(parts, reader, sender=by, footer=sequence.opt_out_link)
    empty = templates.unfilled(parts, reader, sender=by) if reader else ()
    return Read(reader=reader, seen=seen, unfilled=tuple(empty))


def _parts(step: Step, template: Template) -> templates.Parts:
    """An answer has the subject of the mail that it answers."""
    parts = templates.Parts.of(template)
    parent = step.version.steps.filter(key=step.thread).select_related("template").first() if step.thread else None
    if parent is None or parent.template is None:
        return parts
    return replace(parts, subject=answer_subject(parent.template.subject))
