"""The steps of a sequence in its editor: what each card tells beside its fields (SEQ-01, SEQ-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relance.mail.models import Template
from relance.sequences import stats
from relance.sequences.models import Sequence as Line
from relance.web.forms.sequences import SequenceForm, StepRow
from relance.web.hrefs import href


@dataclass(frozen=True, kw_only=True)
class Card:
    """One step. `here` are the people who wait at it, None of a step that is not kept yet."""

    row: StepRow
    template: str
    answers: str
    here: int | None
    seen: str
    is_open: bool

    @property
    def title(self) -> str:
        """Its own name, or that of its template."""
        return self.row.name or self.template


def cards(form: SequenceForm, line: Line | None, templates: Sequence[Template]) -> list[Card]:
    """The cards of what stands on the page; the first is open where none was."""
    names = {str(template.pk): template.name for template in templates}
    kept = {each.step.key: each for each in stats.of_steps(line)} if line else {}
    opened = form.open or next((row.key for row in form.rows), "")
    return [
        Card(
            row=row, template=names.get(row.template, ""), answers=dict(row.answers).get(row.thread, ""),
            here=kept[row.key].waiting if row.key in kept else None, seen=_seen(line, row, kept),
            is_open=row.key == opened,
        )
        for row in form.rows
    ]  # fmt: skip


def _seen(line: Line | None, row: StepRow, kept: Mapping[str, stats.StepFigures]) -> str:
    """Where its mail is read as one person would, as long as it is the one that is kept."""
    step = kept[row.key].step if row.key in kept else None
    if line is None or step is None or not row.template or str(step.template_id) != row.template:
        return ""
    return href("sequence-preview", line.pk, step.pk)
