"""Templates: what cannot be saved, what is cleaned, and how one reads on a real person."""

from datetime import UTC, datetime

import pytest

from relance.mail import catalogue, safe_html, templates
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.mail.templates import BadTemplate, Parts, TemplateDraft
from relance.people.actions import PersonDraft, add_person
from relance.people.models import Account
from relance.team.actions import add_user
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def camille():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="salesperson")


@pytest.fixture
def olivier(camille):
    draft = PersonDraft(values={"first_name": "Olivier <b>", "last_name": "Mercadier"}, emails=("o@mercadier.example",))
    return add_person("contact", draft, by=camille, now=NOW)


def parts(subject="Bonjour", html="<p>Bonjour</p>", text=""):
    return Parts(subject=subject, html=html, text=text)


def saved(camille, **values):
    values = {"name": "Relance", "subject": "Bonjour", "html": "<p>Bonjour</p>", **values}
    return templates.add_template(TemplateDraft(values=values), by=camille, now=NOW)


@pytest.mark.shows("TPL-02", "ESPC-02")
def test_an_unknown_field_cannot_be_saved_and_the_nearest_is_proposed(camille):
    with pytest.raises(BadTemplate) as refused:
        saved(camille, html="<p>Bonjour\n {Person.fristName}</p>")

    (fault,) = refused.value.problems
    assert (fault.part, fault.line, fault.column, fault.nearest) == ("html", 2, 2, "Person.firstName")
    assert fault.sentence == "Line 2: the field Person.fristName does not exist. Did you mean Person.firstName?"


@pytest.mark.shows("TPL-02", "X7")
@pytest.mark.parametrize(
    "text",
    ["{User.password}", "{Person.owner.password}", "{Person.objects}", "{User.__class__}", "{Organisation.secret}"],
)
def test_only_the_fields_of_the_catalogue_can_be_read(text):
    assert [fault.code for fault in templates.faults(parts(html=text))] == ["unknown_field"]


@pytest.mark.shows("X7")
def test_what_looks_like_another_template_language_stays_as_it_is(camille, olivier):
    shown = templates.preview(parts(html="<p>{{7*7}} {% debug %}</p>"), olivier, sender=camille)

    assert "{{7*7}} {% debug %}" in shown.html


@pytest.mark.shows("X7", "TPL-03")
def test_a_preview_fills_in_the_values_of_a_real_person_harmlessly(camille, olivier):
    olivier.last_name = "{User.password}"
    olivier.save()

    shown = templates.preview(
        parts(subject="{Person.firstName}", html="<p>{Person.firstName} {Person.lastName}, {User.name}</p>"),
        olivier, sender=camille,
    )  # fmt: skip

    assert shown.subject == "Olivier <b>"
    assert "Olivier &lt;b&gt; {User.password}, Camille Aubry" in shown.html


@pytest.mark.shows("TPL-03")
def test_a_preview_without_a_person_shows_examples(camille):
    shown = templates.preview(parts(html="<p>{Person.firstName}, {User.name}</p>"), None, sender=camille)

    assert "Olivier, Camille Aubry" in shown.html


@pytest.mark.shows("TPL-03")
def test_a_text_part_is_always_made(camille, olivier):
    shown = templates.preview(parts(html="<p>Bonjour {Person.firstName}</p>"), olivier, sender=camille)

    assert shown.text.strip() == "Bonjour Olivier <b>"


@pytest.mark.shows("TPL-01")
def test_scripts_frames_and_forms_are_taken_out_and_the_rest_stays():
    written = (
        "<html><head><title>t</title><style>p{color:red}</style></head>"
        '<body style="background:#eee"><!--[if mso]>x<![endif]-->'
        '<p class="a" onclick="x()">{Person.firstName|là}&nbsp;<a href="{Unsubscribe.link}">out</a></p>'
        '<script>x()</script><iframe src="x"></iframe><form><input></form><a href="javascript:x()">j</a></body></html>'
    )

    assert safe_html.clean(written) == (
        '<style>p{color:red}</style><div style="background:#eee"><!--[if mso]>x<![endif]-->'
        '<p class="a">{Person.firstName|là}&nbsp;<a href="{Unsubscribe.link}">out</a></p><a>j</a></div>'
    )


@pytest.mark.shows("TPL-01", "REC-03")
def test_a_private_template_is_seen_by_its_owner_only(camille):
    yann = add_user(email="yann@helionne.example", name="Yann", role="salesperson")
    template = saved(camille, shared=False)

    assert list(templates.Template.objects.visible_to(yann)) == []
    assert list(templates.Template.objects.visible_to(camille)) == [template]


@pytest.mark.shows("TPL-01", "REC-03")
def test_a_reader_saves_no_template():
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")

    with pytest.raises(Forbidden):
        saved(reader)


@pytest.mark.shows("TPL-01")
def test_a_copy_is_private_and_ones_own(camille):
    copied = templates.copy_template(saved(camille), by=camille, now=NOW)

    assert (copied.name, copied.shared, copied.owner) == ("Relance, copy", False, camille)


@pytest.mark.shows("TPL-02")
def test_values_of_a_batch_are_read_in_one_query(camille, olivier, django_assert_num_queries):
    olivier.account = Account.objects.create(
        name="Groupe Mercadier", name_folded="groupe", created_at=NOW, updated_at=NOW
    )
    olivier.save()
    mailbox = Mailbox.objects.create(name="m", address="m@helionne.example", host="h")
    message = Message.objects.create(
        kind="mass", send_key="mass:1", content=Content.objects.create(subject="x"), mailbox=mailbox, sender=camille,
        deliver_at=NOW, created_at=NOW,
    )  # fmt: skip
    rows = [
        Recipient.objects.create(
            message=message, person=person, email=f"{n}@x.example", normal=f"{n}@x.example", queued_at=NOW
        )
        for n, person in enumerate((olivier, None))
    ]

    with django_assert_num_queries(1):
        values = catalogue.values_for([row.pk for row in rows], names=catalogue.CATALOGUE)

    assert values[rows[0].pk]["Account.name"] == "Groupe Mercadier"
    assert values[rows[1].pk]["Person.firstName"] == ""
    assert values[rows[1].pk]["User.name"] == "Camille Aubry"


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize(
    ("written", "shown"),
    [("Camille\n02 40 <1>", "Camille<br>02 40 &lt;1&gt;"), ("<b>C</b><script>x</script>", "<b>C</b>")],
)
def test_a_signature_is_harmless_html(written, shown):
    assert catalogue.signature_html(written) == shown


@pytest.mark.shows("TPL-03")
def test_versions_are_kept_and_an_earlier_one_is_restored_as_a_new_one(camille):
    template = saved(camille)
    templates.edit_template(template, TemplateDraft(values={"html": "<p>Salut</p>"}), by=camille, now=NOW)
    templates.edit_template(template, TemplateDraft(values={"folder": "Ventes"}), by=camille, now=NOW)

    templates.restore_version(template.versions.get(number=1), by=camille, now=NOW)

    template.refresh_from_db()
    assert (template.html, template.folder) == ("<p>Bonjour</p>", "Ventes")
    assert [row.html for row in template.versions.all()] == ["<p>Bonjour</p>", "<p>Salut</p>", "<p>Bonjour</p>"]


@pytest.mark.shows("TPL-03")
def test_the_text_of_a_newsletter_is_made_of_its_blocks(camille):
    template = saved(camille, layout=[{"kind": "heading", "text": "Les nouvelles"}])

    templates.edit_template(template, TemplateDraft(values={"layout": None, "html": "<p>x</p>"}), by=camille, now=NOW)

    assert "Les nouvelles" in template.versions.get(number=1).html
    assert (template.layout, template.html) == (None, "<p>x</p>")


@pytest.mark.shows("TPL-03")
def test_a_text_that_no_mail_program_would_show_is_refused(camille):
    with pytest.raises(templates.TemplateTooLong):
        saved(camille, html="x" * 500_001)
