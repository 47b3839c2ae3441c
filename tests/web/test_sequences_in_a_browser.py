"""Sequences in a real browser: every page without barrier on desk and phone, light and dark; a step that is dragged."""

from __future__ import annotations

import pytest

from relance.mail.models import Mailbox
from relance.mail.templates import TemplateDraft, add_template
from relance.people.actions import PersonDraft, add_person
from relance.sequences import actions, enrolling, running
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.sequences.models import Enrolment
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.sequences.conftest import NOW

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db):
    organisation()
    return add_user(
        email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD, language="fr"
    )


@pytest.fixture
def sequence(camille):
    Mailbox.objects.create(
        name="Ventes", kind="shared", user=camille, address="v@helionne.example", host="127.0.0.1", state="broken",
        security="none", is_default=True,
    )  # fmt: skip
    values = {"name": "Toit utile", "subject": "Votre toit", "html": "<p>Bonjour</p>", "language": "fr"}
    template = add_template(TemplateDraft(values=values), by=camille, now=NOW)
    steps = (
        StepDraft(kind="mail", key="one", template=template),
        StepDraft(kind="task", key="call", name="Appeler", wait_days=1),
        StepDraft(kind="mail", key="two", template=template, wait_minutes=2880),
    )
    made = actions.add(SequenceDraft(name="Entrepôts ouest", steps=steps, language="fr"), by=camille, now=NOW)
    draft = PersonDraft(values={"first_name": "Lise", "last_name": "Roy"}, emails=("lise@x.example",))
    lise = add_person("lead", draft, by=camille, now=NOW)
    enrolling.enrol(made, [lise.pk], by=camille, now=NOW)
    running.run_due(NOW)
    return made


@pytest.mark.shows("SEQ-02", "SEQ-08", "SEQ-11", "QUAL-02")
def test_the_pages_of_sequences_have_no_barrier_and_a_step_is_dragged(visit, camille, sequence):
    row = Enrolment.objects.get()
    paths = {
        "today": "/", "sequences": "/sequences", "sequence": f"/sequences/{sequence.pk}?state=paused",
        "sequence-person": f"/sequences/{sequence.pk}/people/{row.pk}", "sequence-pace": "/sequences/pace",
        "sequence-editor": f"/sequences/{sequence.pk}/edit",
    }  # fmt: skip
    found = []
    for theme, width in (("light", 1440), ("dark", 390)):
        visitor = visit(theme=theme, width=width, language="fr-FR")
        visitor.sign_in("camille@helionne.example", PASSWORD)
        for name, path in paths.items():
            visitor.go(path)
            visitor.shot(f"{name}-{theme}-{width}")
            found += [*visitor.barriers(), *([f"{name} overflows"] if visitor.overflow() > 0 else [])]
            if name == "today":
                found += [] if "Boîte en panne" in visitor.page.content() else ["today tells nothing"]

    desk = visit(width=1440)
    desk.sign_in("camille@helionne.example", PASSWORD)
    desk.page.set_viewport_size({"width": 1440, "height": 2400})
    desk.go(paths["sequence-editor"])
    desk.page.locator("#step-two .grip").drag_to(desk.page.locator("#step-one"), target_position={"x": 200, "y": 10})
    order = desk.page.locator("[data-step]").evaluate_all("steps => steps.map(step => step.id)")

    assert found == []
    assert order.index("step-two") < order.index("step-call")
