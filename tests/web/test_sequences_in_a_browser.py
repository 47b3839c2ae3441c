"""Sequences in a real browser: every page without barrier on desk and phone, light and dark; a step that is dragged."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

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
SEALED = "Failed to execute 'postMessage'"


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
            visitor.forgive(SEALED)
            if name == "today":
                found += [] if "Boîte en panne" in visitor.page.content() else ["today tells nothing"]

    desk = visit(width=1440)
    desk.sign_in("camille@helionne.example", PASSWORD)
    desk.page.set_viewport_size({"width": 1440, "height": 2400})
    desk.go(paths["sequence-editor"])
    desk.page.locator("#step-two .grip").drag_to(desk.page.locator("#step-one"), target_position={"x": 200, "y": 10})
    order = desk.page.locator("[data-step]").evaluate_all("steps => steps.map(step => step.id)")
    desk.forgive(SEALED)

    assert found == []
    assert order.index("step-two") < order.index("step-call")


@pytest.mark.shows("SEQ-01", "SEQ-10", "QUAL-02")
def test_a_step_is_chosen_changed_beside_its_card_and_told_there_before_it_is_saved(visit, camille, sequence):
    desk = visit(width=1440)
    desk.sign_in("camille@helionne.example", PASSWORD)
    page = desk.page
    desk.go(f"/sequences/{sequence.pk}/edit")
    one, two = page.locator("#step-one"), page.locator("#step-two")
    expect(one.locator(".panel")).to_be_visible()
    expect(page.locator("#seen-one iframe")).to_be_visible()

    two.locator("summary.step").click()
    expect(one.locator(".panel")).to_be_hidden()
    card, panel = two.locator("summary.step").bounding_box(), two.locator(".panel").bounding_box()
    assert panel["x"] > card["x"] + card["width"], "beside the cards"

    # The card says what the fields hold; an answer that comes late does not undo a later one
    held = []
    page.route(re.compile("/edit$"), lambda route: held.append(route) if len(held) < 1 else route.continue_())
    page.fill("#name-two", "First word")
    page.fill("#wait-two", "9")
    page.fill("#name-two", "Last word")
    page.press("#name-two", "Tab")
    expect(page.locator("#told-two")).to_contain_text("Last word")
    expect(page.locator("#wait-of-two")).to_contain_text("9 ")
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#told-two")).to_contain_text("Last word")

    # What is opened stays open when the page comes back; a new step opens, and one that the browser refuses
    page.get_by_role("button", name=re.compile("^(Ajouter une tâche|Add a task)$")).click()
    page.wait_for_load_state("load")
    expect(page.locator("[data-step]").last.locator(".panel")).to_be_visible()
    expect(page.locator("#name-two")).to_have_value("Last word")
    page.evaluate("document.querySelector('#wait-two').value = '-3'")
    page.locator("[data-default]").click()
    expect(two.locator(".panel")).to_be_visible()
    desk.forgive(SEALED)
