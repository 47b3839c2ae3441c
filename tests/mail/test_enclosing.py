"""The files of a template go with every mail that is written with it, and what is launched keeps its own (TPL-01)."""

from __future__ import annotations

import pytest

from relance.mail import contents, enclosing, templates
from relance.mail.files import Given, TooLarge
from relance.mail.models import Mailbox
from relance.mail.templates import Parts, TemplateDraft
from relance.mail.writing import leaving, starting
from relance.mail.writing.starting import Start
from relance.team.actions import add_user
from relance.team.policy import Forbidden
from tests.mail.outbound.engine import NOW, people, seller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("TPL-01")]


@pytest.fixture
def claire(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    return seller()


@pytest.fixture
def make(claire):
    def one(name, *files):
        values = {"name": name, "subject": name, "html": "<p>Hello</p>"}
        made = templates.add_template(TemplateDraft(values=values), by=claire, now=NOW)
        for file in files:
            enclosing.enclose(made, given(file), by=claire, now=NOW)
        return made

    return one


def given(name, data=None):
    return Given(name=name, content_type="application/pdf", data=data or name.encode())


def names(holder):
    return [each.name for each in holder.attachments.all()]


@pytest.mark.slow
def test_the_files_of_a_template_are_in_the_mail_and_those_of_the_one_before_are_not(make, claire):
    Mailbox.objects.create(name="S", address="s@helionne.test", host="127.0.0.1", state="working", is_default=True)
    (eve,) = people(1)
    first, second = make("First", "prices.pdf", "terms.pdf"), make("Second", "terms.pdf", "plan.pdf")

    draft = starting.begin(Start(template=first, to="person0@client.test", person=eve), by=claire, now=NOW)
    begun = names(draft)
    starting.use_template(draft, second, by=claire, now=NOW)
    starting.use_template(draft, second, by=claire, now=NOW)
    enclosing.take_out(second.attachments.get(name="plan.pdf"), by=claire)
    sent = leaving.send(draft, by=claire, now=NOW)

    assert begun == ["prices.pdf", "terms.pdf"]
    assert names(sent.content) == ["terms.pdf", "plan.pdf"]
    assert names(templates.copy_template(first, by=claire, now=NOW)) == ["prices.pdf", "terms.pdf"]


def test_what_is_launched_keeps_its_files_and_a_change_is_noticed(make, claire):
    template = make("First", "prices.pdf")

    content = contents.freeze(Parts.of(template), list_headers=True, footer=False, template=template)
    same = contents.has_files_of(content, template)
    enclosing.enclose(template, given("plan.pdf"), by=claire, now=NOW)

    assert (names(content), same, contents.has_files_of(content, template)) == (["prices.pdf"], True, False)


def test_who_may_not_change_a_template_changes_no_file_of_it_and_all_together_stay_small(make, claire, monkeypatch):
    template = make("First", "prices.pdf")
    reader = add_user(email="ines@helionne.test", name="Inès", role="read_only")
    monkeypatch.setattr(enclosing, "MOST_BYTES", 20)

    for act in (
        lambda: enclosing.enclose(template, given("x"), by=reader, now=NOW),
        lambda: enclosing.take_out(template.attachments.get(), by=reader),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(TooLarge, match="go to everybody"):
        enclosing.enclose(template, given("y", b"x" * 11), by=claire, now=NOW)
    monkeypatch.setattr(enclosing, "MOST", 1)
    with pytest.raises(enclosing.TooManyFiles):
        enclosing.enclose(template, given("z"), by=claire, now=NOW)
    assert names(template) == ["prices.pdf"]
