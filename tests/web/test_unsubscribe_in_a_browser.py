"""The unsubscribe page in a real browser: without script, in both themes, on a phone."""

import pytest

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.people.models import Suppression
from relance.team.models import Organisation
from tests.mail.returns import KEY, message, person, recipient

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(transactional_db):
    Organisation.objects.create(pk=1, name="Hélionne", tracking="consent_required")
    return f"/unsubscribe/{tokens.sign(KEY, Kind.UNSUBSCRIBE, recipient(message(language='fr'), person(1)).pk)}"


@pytest.mark.shows("UNSUB-01", "UNSUB-05", "T4")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_leaving_and_coming_back_take_one_press_each(visit, link, theme):
    visitor = visit(theme=theme, width=390 if theme == "dark" else 1440)

    visitor.go(link)
    before = visitor.barriers()
    visitor.shot(f"unsubscribe-{theme}")
    visitor.page.get_by_role("button", name="Me désinscrire").click()
    after = visitor.barriers()
    visitor.shot(f"unsubscribed-{theme}")
    out = Suppression.objects.filter(lifted_at=None).count()
    visitor.page.get_by_role("button", name="Annuler, c’était une erreur").click()

    assert (
        visitor.page.get_by_role("status").inner_text() == "Hélionne peut de nouveau écrire à e•••••@rouviere.example."
    )
    assert (before, after, visitor.overflow()) == ([], [], 0)
    assert (out, Suppression.objects.filter(lifted_at=None).count()) == (1, 0)
