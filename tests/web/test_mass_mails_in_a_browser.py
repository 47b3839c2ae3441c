"""Templates and mass mail in a real browser: both languages, both themes, a phone, and no script errors."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from relance.campaigns import actions, campaigning, lists, reports, responding
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.mail.models import Interaction, Mailbox, Message, Recipient, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.tracking import book
from relance.people.actions import PersonDraft, add_person
from relance.people.models import Person
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from relance.webforms import actions as webforms
from relance.webforms import taking

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# axe speaks to every frame, and the frame of a mail answers nobody.
SEALED = "Failed to execute 'postMessage'"
SIGNS = re.compile(r"[^a-z]+")
PASSWORD = "un-mot-de-passe-long"
HTML = '<p>Bonjour {Person.firstName|à vous},</p><p><a href="https://helionne.example/toit">Vérifier mon toit</a></p>'


@pytest.fixture
def camille(transactional_db):
    row = organisation()
    row.name, row.mail_address, row.set_up_at = "Hélionne", "bonjour@helionne.example", clock.now()
    row.save()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", PASSWORD, name="Camille Aubry", role=role)


@pytest.fixture
def world(camille):
    """A mailbox, a template, and three contacts of whom one has no address."""
    Mailbox.objects.create(
        name="Hélionne", address="bonjour@helionne.example", host="127.0.0.1", port=2525, security="none",
        is_default=True, state="working",
    )  # fmt: skip
    for first, city, emails in (
        ("Olivier", "Nantes", ("o@x.example",)),
        ("Lucie", "Lyon", ("l@x.example",)),
        ("Jana", "", ()),
    ):
        values = {"first_name": first, "last_name": "Mercadier", "city": city, "company": "Mercadier"}
        add_person("contact", PersonDraft(values=values, emails=emails), by=camille, now=clock.now())
    values = {"name": "Aides", "subject": "Une aide, {Person.firstName}", "html": HTML}
    return add_template(TemplateDraft(values=values), by=camille, now=clock.now())


@pytest.fixture
def sent(camille, world):
    values = {"name": "Aides 2027", "module": "contact", "audience": "all", "template": world}
    mass_mail = actions.draft_mass_mail(actions.MassMailDraft(values=values), by=camille, now=clock.now())
    message = actions.launch(mass_mail, by=camille, now=clock.now())
    actions.prepare(message.pk, now=clock.now())
    now = clock.now()
    rows = message.recipients.filter(state="queued")
    rows.update(state="sent", sent_at=now, track="full", first_opened_at=now, last_opened_at=now, opens=1)
    Message.objects.filter(pk=message.pk).update(sent=2, opened=2, open_hits=2, state="done", finished_at=now)
    for recipient in Recipient.objects.filter(state="sent"):
        for kind, verdict, link in (("open", "human", None), ("open", "machine", None), ("click", "machine", 1)):
            Interaction.objects.create(
                message=message, recipient=recipient, kind=kind, at=now, verdict=verdict, link=link
            )
    with connection.cursor() as cursor:
        book.retally(cursor, [message.pk])
    return mass_mail


@pytest.mark.shows("MASS-01", "MASS-02", "MASS-03", "TPL-03")
@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
def test_a_mass_mail_is_made_by_hand(visit, camille, world, theme, language):
    camille.language = language
    camille.save()
    visitor = visit(theme=theme, language=language)
    visitor.sign_in(camille.email, PASSWORD)
    page, barriers = visitor.page, []

    visitor.go("/mass-mails/new")
    barriers += visitor.barriers()
    page.locator("label", has=page.locator("[name=selection][value=filter]")).click()
    page.fill("[name=city]", "Nantes")
    page.locator("#audience .count-xl", has_text="1").wait_for()
    barriers += visitor.barriers()
    visitor.shot(f"mass-mail-recipients-{theme}")
    page.click("button[form=who]")
    page.select_option("[name=template]", label="Aides")
    barriers += visitor.barriers()
    visitor.shot(f"mass-mail-message-{theme}")
    page.click("button[form=message]")
    page.frame_locator("iframe").get_by_text("Bonjour Olivier").wait_for()
    barriers += visitor.barriers()
    visitor.shot(f"mass-mail-check-{theme}")
    page.click("button.only-now")
    page.wait_for_url("**/mass-mails/*")

    assert barriers == []
    assert MassMail.objects.get().status == "preparing"
    visitor.shot(f"mass-mail-preparing-{theme}")
    assert visitor.barriers() == []
    visitor.forgive(SEALED)


@pytest.mark.shows("TPL-02", "TPL-03")
def test_a_wrong_field_is_found_while_one_writes_and_put_right_by_a_click(visit, camille, world):
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    page = visitor.page
    visitor.go(reverse("template-new"))

    page.fill("#id_name", "Relance")
    page.fill("#id_subject", "Votre devis")
    page.click("[data-source]")
    page.fill("#id_html", "<p>Bonjour {Person.fristName}</p>")
    page.locator("#faults .banner").wait_for()
    visitor.shot("template-editor-fault")
    barriers = visitor.barriers()
    page.click("[data-replace]")
    page.frame_locator("iframe").get_by_text("Bonjour").wait_for()
    page.click("[data-default]")
    page.wait_for_url("**/templates/*")

    assert barriers + visitor.barriers() == []
    visitor.forgive(SEALED)
    assert Template.objects.exclude(pk=world.pk).get().html == "<p>Bonjour {Person.firstName}</p>"


PAGES = (
    "/mass-mails", "/mass-mails/{sent}", "/mass-mails/{sent}/people/opened", "/mass-mails/new", "/templates",
    "/templates/{template}", "/mass-mails/compare?ids={sent}", "/mass-mails/{tested}/contest", "/target-lists",
    "/target-lists/{target}", "/campaigns", "/campaigns/{campaign}", "/campaigns/{campaign}/log", "/reports",
    "/reports/{report}", "/reports/new?module=contact", "/responders", "/responders/{responder}",
    "/mass-mails/{sent}/triggers/clicked", "/web-forms", "/web-forms/{form}", "/web-forms/{form}/edit", "/forms/{key}",
)  # fmt: skip


@pytest.fixture
def reach(camille, sent, world):
    """A list, a campaign that has sent the mail, a report, an auto-responder, a test: what pages show, by their ids."""
    now = clock.now()
    target = lists.make("Salon", by=camille, now=now)
    lists.fill_people(target, Person.objects.all(), now=now)
    lists.add_addresses(target, "seul@y.example", by=camille, now=now)
    told = {"name": "Automne", "lists": [target.pk]}
    campaign = campaigning.make(campaigning.CampaignDraft(values=told), by=camille, now=now)
    campaigning.add_link(campaign, name="Toit", url="https://helionne.example/toit", by=camille)
    MassMail.objects.filter(pk=sent.pk).update(campaign=campaign)
    asked = {"name": "Villes", "module": "contact", "group": "city"}
    report = reports.save(None, reports.ReportDraft(values=asked), by=camille, now=now)
    answer = {"name": "Bienvenue", "event": "list", "target_list": target, "template": world}
    responder = responding.save(None, responding.ResponderDraft(values=answer), by=camille, now=now)
    tested = campaigning.add_mail(campaign, by=camille, now=now)
    values = {"name": "Devis", "fields": [{"key": "last_name"}, {"key": "note"}], "agree_words": "Privacy notice"}
    form = webforms.save(None, webforms.FormDraft(values=values), by=camille, now=now)
    for trap in ("", "x"):
        asked = taking.Sent(agreed=True, trap=trap)
        taking.submit(form, f"form{trap}@x.example", {"last_name": "Morvan", "note": "Un toit"}, asked, now=now)
    return {
        "form": form.pk, "key": form.key, "target": target.pk,
        "campaign": campaign.pk, "report": report.pk, "responder": responder.pk,
        "tested": tested.pk, "sent": sent.pk, "template": sent.template_id,
    }  # fmt: skip


@pytest.mark.shows("MASS-08", "MASS-10", "ZMM-35", "CAMP-01", "CAMP-02", "CAMP-05", "CAMP-06", "CAMP-08", "API-03")
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_every_page_of_it_passes_the_rules_and_fits_its_window(visit, camille, reach, theme, width):
    camille.language = "fr" if theme == "dark" else "en"
    camille.save()
    visitor = visit(theme=theme, width=width, language=camille.language)
    visitor.sign_in(camille.email, PASSWORD)

    barriers, overflow = [], {}
    for path in PAGES:
        visitor.go(path.format(**reach))
        if path == "/mass-mails/{sent}":
            visitor.page.locator("#spread").wait_for()
        barriers += visitor.barriers()
        overflow[path] = visitor.overflow()
        visitor.shot(f"{SIGNS.sub('-', path.strip('/'))}-{theme}-{width}")

    visitor.forgive(SEALED)
    assert barriers == []
    assert overflow == dict.fromkeys(PAGES, 0)


@pytest.mark.shows("MASS-03", "MASS-07")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_scheduled_mail_can_be_changed_and_stopped_on_a_phone(visit, camille, world, language):
    camille.language = language
    camille.save()
    values = {"name": "Aides 2027", "module": "contact", "audience": "all", "template": world}
    mass_mail = actions.draft_mass_mail(actions.MassMailDraft(values=values), by=camille, now=clock.now())
    actions.schedule(mass_mail, clock.now() + timedelta(days=1), by=camille, now=clock.now())
    visitor = visit(width=390, language=language)
    visitor.sign_in(camille.email, PASSWORD)

    visitor.go(f"/mass-mails/{mass_mail.pk}")

    boxes = [button.bounding_box() for button in visitor.page.locator(".banner .btn").all()]
    assert [0 < box["x"] < box["x"] + box["width"] <= 390 for box in boxes] == [True, True]
    assert visitor.overflow() == 0
    visitor.shot(f"mass-mails-scheduled-{language}-390")
    visitor.forgive(SEALED)


@pytest.mark.shows("MASS-08", "ENG-02")
def test_the_story_of_a_copy_opens_beside_its_list(visit, camille, sent):
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    visitor.go(reverse("mass-mail-people", args=[sent.pk, "opened"]))

    visitor.page.click("[data-drawer-href]")
    visitor.page.locator("dialog.drawer[open]").get_by_text("Accepted by the mail server").wait_for()

    assert visitor.barriers() == []
    visitor.shot("mass-mail-drawer")


@pytest.mark.shows("TPL-03")
def test_a_test_send_keeps_what_is_not_saved_and_enter_saves_it(visit, camille, world):
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    page = visitor.page
    visitor.go(reverse("template", args=[world.pk]))

    page.fill("#id_subject", "Pas encore enregistré")
    page.click("text=Test send")
    page.locator("#toasts", has_text="A test is on its way").wait_for()
    kept = page.input_value("#id_subject")
    page.press("#id_subject", "Enter")
    page.locator("#toasts", has_text="Template saved.").wait_for()

    world.refresh_from_db()
    assert (kept, world.subject) == ("Pas encore enregistré", "Pas encore enregistré")
    assert Recipient.objects.get().email == camille.email
    assert visitor.barriers() == []
    visitor.forgive(SEALED)
