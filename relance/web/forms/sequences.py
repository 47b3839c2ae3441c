"""The form of a sequence: its name and its steps, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from django.http import QueryDict
from django.utils.html import linebreaks

from relance.mail.models import Template
from relance.sequences.actions import SequenceDraft, StepDraft, new_key
from relance.sequences.models import Step
from relance.team.models import User
from relance.web.forms.templates import TemplateForm

UNITS = {"minutes": 1, "hours": 60, "days": 1440}
MOST = 10_000


@dataclass
class StepRow:
    """One step as it stands in the form."""

    key: str
    kind: str
    name: str = ""
    template: str = ""
    wait: str = "0"
    unit: str = "days"
    hour: str = ""
    thread: str = ""
    subject: str = ""
    text: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail."""
        return self.kind == Step.Kind.MAIL

    @property
    def is_being_written(self) -> bool:
        """Whether words of a new template stand in it (SELL-13)."""
        return bool(self.subject.strip() or self.text.strip())

    @property
    def number(self) -> int:
        """How long it waits, in its unit; what cannot be read counts as nothing."""
        return int(self.wait) if self.wait.isascii() and self.wait.isdigit() else 0

    @classmethod
    def of(cls, step: StepDraft) -> StepRow:
        """A step as it is kept."""
        wait, unit = (step.wait_days, "days") if step.kind == Step.Kind.TASK else _longest(step.wait_minutes)
        return cls(
            key=step.key, kind=step.kind, name=step.name, template=str(step.template.pk) if step.template else "",
            wait=str(wait), unit=unit, hour=step.hour.strftime("%H:%M") if step.hour else "", thread=step.thread,
        )  # fmt: skip

    @classmethod
    def read(cls, form: QueryDict, key: str) -> StepRow:
        """A step as it was posted."""

        def told(name: str) -> str:
            return str(form.get(f"{name}-{key}", ""))[:160]

        return cls(
            key=key, kind=told("kind"), name=told("name"), template=told("template"), wait=told("wait"),
            unit=told("unit"), hour=told("hour"), thread=told("thread"),
            subject=str(form.get(f"subject-{key}", "")), text=str(form.get(f"text-{key}", "")),
        )  # fmt: skip

    def written(self, language: str) -> TemplateForm:
        """The template that was written in it, named by its subject: for everybody, like the sequence."""
        values = {
            "name": self.subject[:160], "subject": self.subject,
            "html": linebreaks(self.text, autoescape=True), "language": language, "shared": True,
        }  # fmt: skip
        return TemplateForm(values)

    def draft(self, templates: dict[str, Template]) -> StepDraft:
        """As the action takes it; what cannot be read counts as nothing."""
        number = min(int(self.wait), MOST) if self.wait.isascii() and self.wait.isdigit() else 0
        return StepDraft(
            kind=self.kind, key=self.key, name=self.name, template=templates.get(self.template),
            wait_minutes=number * UNITS.get(self.unit, 1440) if self.is_mail else 0,
            wait_days=0 if self.is_mail else number, hour=_hour(self.hour), thread=self.thread,
        )  # fmt: skip


def _longest(minutes: int) -> tuple[int, str]:
    unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0)
    return minutes // UNITS[unit], unit


def _hour(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None


@dataclass
class SequenceForm:
    """What stands on the page; `open` is the key of the step that is being edited."""

    name: str = ""
    opt_out_link: bool = True
    language: str = "en"
    stops_company: bool = False
    open: str = ""
    rows: list[StepRow] = field(default_factory=list)

    @classmethod
    def of(cls, draft: SequenceDraft) -> SequenceForm:
        """A sequence as it is kept."""
        form = cls(
            name=draft.name, opt_out_link=draft.opt_out_link, language=draft.language,
            stops_company=draft.stops_company, rows=[StepRow.of(step) for step in draft.steps],
        )  # fmt: skip
        return form.told()

    @classmethod
    def read(cls, told: QueryDict) -> SequenceForm:
        """As it was posted, with what its buttons did: add, move, remove."""
        keys = list(dict.fromkeys(key for key in told.getlist("step") if key.isalnum() and len(key) <= 32))
        form = cls(
            name=told.get("name", "")[:120], opt_out_link="opt_out_link" in told, language=told.get("language", "en"),
            stops_company="stops_company" in told,
            open=told.get("open", "")[:32], rows=[StepRow.read(told, key) for key in keys[:60]],
        )  # fmt: skip
        form._change(told.get("do", ""))
        return form.told()

    def row(self, key: str) -> StepRow | None:
        """The step of this key."""
        return next((row for row in self.rows if row.key == key), None)

    def _change(self, said: str) -> None:
        verb, _, key = said.partition(":")
        if verb in ("up", "down", "write"):
            self.open = key
        place = next((index for index, row in enumerate(self.rows) if row.key == key), None)
        if verb == "add" and key in Step.Kind.values:
            self.open = new_key()
            self.rows.append(StepRow(key=self.open, kind=key, wait="1" if self.rows else "0"))
        elif place is not None and verb == "remove":
            del self.rows[place]
            self.open = self.rows[max(0, place - 1)].key if self.rows else ""
        elif place is not None and verb in ("up", "down"):
            row = self.rows.pop(place)
            self.rows.insert(max(0, place - 1 if verb == "up" else place + 1), row)

    def told(self) -> SequenceForm:
        """Each mail may answer those before it."""
        before: list[tuple[str, str]] = []
        for number, row in enumerate(self.rows, start=1):
            row.answers = list(before)
            if row.is_mail:
                before.append((row.key, str(number)))
        return self

    def draft(self, user: User) -> SequenceDraft:
        """As the action takes it."""
        wanted = [int(row.template) for row in self.rows if row.template.isascii() and row.template.isdigit()]
        found = Template.objects.visible_to(user).in_bulk(wanted)
        templates = {str(pk): template for pk, template in found.items()}
        return SequenceDraft(
            name=self.name, opt_out_link=self.opt_out_link, language=self.language,
            stops_company=self.stops_company, steps=tuple(row.draft(templates) for row in self.rows),
        )  # fmt: skip
