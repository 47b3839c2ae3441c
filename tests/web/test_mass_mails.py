"""The pages of templates and mass mail, walked as a seller does."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse

from relance.campaigns import actions, stats
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.mail.models import Interaction, Mailbox, Message, Recipient, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.tracking import book
from relance.people.actions import PersonDraft, add_person, edit_person
from relance.people.models import Suppression
from relance.records.models import View
from relance.sequences.models import Sequence
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def camille():
    row = organisation()
    row.set_up_at, row.mail_address, row.name = datetime(2026, 1, 1, tzinfo=UTC), "bonjour@helionne.example", "Hélionne"
    row.save()
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="manager", time_zone="Europe/Paris")


@pytest.fixture
def page(client, camille):
    client.force_login(camille)
    return client


@pytest.fixture
def mailbox():
    return Mailbox.objects.create(
        name="Hélionne", address="bonjour@helionne.example", host="127.0.0.1", port=2525, security="none",
        is_default=True, state="working",
    )  # fmt: skip


@pytest.fixture
def template(camille):
    values = {
        "name": "Aides",
        "subject": "Aide pour {Person.firstName|vous}",
        "html": '<p>Bonjour {Person.firstName}</p><p><a href="https://helionne.example/toit">Vérifier mon toit</a></p>',
    }
    return add_template(TemplateDraft(values=values), by=camille, now=clock.now())


@pytest.fixture
def crowd(camille):
    def add(name, *emails, **values):
        first, _, last = name.partition(" ")
        draft = PersonDraft(values={"first_name": first, "last_name": last, **values}, emails=emails)
        return add_person("contact", draft, by=camille, now=clock.now())

    Suppression.objects.create(normal="rohan@patel.example", scope="marketing", route="page", at=clock.now())
    return [
        add("Olivier Mercadier", "olivier@mercadier.example", city="Nantes"),
        add("Lucie Pasquier", "lucie@guerin.example", city="Lyon"),
        add("Rohan Patel", "rohan@patel.example", city="Nantes"),
        add("Jana Brandt", city="Nantes"),
    ]


@pytest.fixture
def sent(page, camille, template, mailbox, crowd):
    """A mass mail that was launched; two copies have left, one was opened and clicked, one bounced."""
    mass_mail = drafted(camille, template)
    message = actions.launch(mass_mail, by=camille, now=clock.now())
    actions.prepare(message.pk, now=clock.now())
    now = clock.now()
    first, second = message.recipients.filter(state="queued").order_by("id")
    Recipient.objects.filter(pk=first.pk).update(
        state="sent",
        sent_at=now,
        track="full",
        first_opened_at=now,
        last_opened_at=now,
        opens=2,
        first_clicked_at=now,
        clicks=1,
    )
    Recipient.objects.filter(pk=second.pk).update(state="failed", failed_at=now, bounced_at=now, bounce_kind="hard")
    Message.objects.filter(pk=message.pk).update(sent=1, bounced=1, opened=1, clicked=1, state="done", finished_at=now)
    for kind, verdict, link in (("open", "human", None), ("open", "machine", None), ("click", "human", 1)):
        Interaction.objects.create(message=message, recipient=first, kind=kind, at=now, verdict=verdict, link=link)
    with connection.cursor() as cursor:
        book.retally(cursor, [message.pk])
    mass_mail.refresh_from_db()
    return mass_mail


def drafted(camille, template, **values):
    wanted = {"name": "Aides 2027", "module": "contact", "audience": "all", "template": template, **values}
    return actions.draft_mass_mail(actions.MassMailDraft(values=wanted), by=camille, now=clock.now())


def words(response):
    """The text of a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.slow
@pytest.mark.shows("MASS-01", "MASS-02", "MASS-03", "ZMM-09", "ZMM-11")
def test_a_mass_mail_is_made_step_by_step_and_sent(page, camille, template, mailbox, crowd):
    first = page.get(reverse("mass-mail-new"), {"module": "contact", "selection": "all"})
    assert "2 people left out, and why" in words(first)
    second = page.post(reverse("mass-mail-new"), {"name": "Aides 2027", "module": "contact", "selection": "all"})
    mass_mail = MassMail.objects.get()
    assert second.url == reverse("mass-mail-message", args=[mass_mail.pk])
    third = page.post(second.url, {"template": template.pk, "track": "on", "from_choice": "organisation"})
    check = page.get(third.url)

    sent = page.post(reverse("mass-mail-send", args=[mass_mail.pk]), {"when": "now"})

    assert "Send to 2 people" in words(check)
    assert "Aide pour" not in words(check)
    assert sent.url == reverse("mass-mail", args=[mass_mail.pk])
    mass_mail.refresh_from_db()
    assert (mass_mail.status, mass_mail.from_choice) == ("preparing", "organisation")


@pytest.mark.slow
@pytest.mark.shows("ZMM-11", "MASS-01", "MASS-09")
def test_a_custom_view_is_resolved_at_the_launch_and_its_number_then_stands(page, camille, template, mailbox, crowd):
    page.post(reverse("view-new", args=["contact"]), {"name": "In Nantes", "where": "all(city:is:Nantes)"})
    view = View.objects.get()
    offered = page.get(reverse("mass-mail-new"), {"module": "contact", "selection": "all"}).content.decode()
    chosen = {"module": "contact", "selection": "filter", "view": view.pk}
    assert page.get(reverse("mass-mail-count"), chosen).context["counted"].accepted == 1
    page.post(reverse("mass-mail-new"), {"name": "Par vue", **chosen})
    mass_mail = MassMail.objects.get()
    page.post(reverse("mass-mail-message", args=[mass_mail.pk]), {"template": template.pk})

    people = [crowd[1], crowd[0]]
    for person, city in zip(people, ("Nantes", "Lyon"), strict=True):
        edit_person(person, PersonDraft(values={"city": city}), by=camille, now=clock.now())
    page.post(reverse("mass-mail-send", args=[mass_mail.pk]), {"when": "now"})
    mass_mail.refresh_from_db()
    actions.prepare(mass_mail.message_id, now=clock.now())
    draft = PersonDraft(values={"first_name": "Zoé", "city": "Nantes"}, emails=("zoe@nantes.example",))
    add_person("contact", draft, by=camille, now=clock.now())

    assert "In Nantes" in offered
    queued = mass_mail.message.recipients.filter(state="queued")
    assert list(queued.values_list("email", flat=True)) == ["lucie@guerin.example"]
    assert mass_mail.message.recipients.count() == 3, "with the two who are left out, and why"
    assert Caller(camille)("GET", f"/mass-mails/{mass_mail.pk}/statistics").json()["total"] == 1


@pytest.mark.slow
@pytest.mark.shows("ZMM-28", "MASS-06")
def test_the_summary_has_a_folder_for_scheduled_sent_and_stopped(page, sent, camille, template):
    stopped, later = drafted(camille, template, name="Arrêté"), drafted(camille, template, name="Plus tard")
    MassMail.objects.filter(pk=stopped.pk).update(state="stopped", state_why="by_hand")
    actions.schedule(later, clock.now() + timedelta(days=2), by=camille, now=clock.now())

    folders = {tab: words(page.get(reverse("mass-mails"), {"tab": tab})) for tab in ("scheduled", "sent", "stopped")}
    by_api = Caller(camille)("GET", "/mass-mails").json()["items"]

    names = ("Plus tard", "Aides 2027", "Arrêté")
    found = {tab: [name for name in names if name in text] for tab, text in folders.items()}
    assert found == {"scheduled": ["Plus tard"], "sent": ["Aides 2027"], "stopped": ["Arrêté"]}
    assert {one["name"]: one["status"] for one in by_api} == {
        "Plus tard": "scheduled", "Aides 2027": "done", "Arrêté": "stopped",
    }  # fmt: skip


@pytest.mark.shows("ZMM-13", "MASS-02")
def test_from_and_reply_to_are_ones_own_unless_the_owner_or_the_organisation_is_chosen(page, camille, template, crowd):
    mass_mail = drafted(camille, template)
    assert (mass_mail.from_choice, mass_mail.reply_choice) == ("own", "own")
    message = reverse("mass-mail-message", args=[mass_mail.pk])
    offered = words(page.get(message))
    told = Caller(camille)("PATCH", f"/mass-mails/{mass_mail.pk}", {"from_choice": "owner"}).json()
    page.post(message, {"template": template.pk, "from_choice": "organisation", "reply_choice": "owner"})

    mass_mail.refresh_from_db()
    assert "camille@helionne.example" in offered
    assert "bonjour@helionne.example" in offered
    assert (told["from_choice"], told["reply_choice"]) == ("owner", "own")
    assert (mass_mail.from_choice, mass_mail.reply_choice) == ("organisation", "owner")
    wrong = Caller(camille)("PATCH", f"/mass-mails/{mass_mail.pk}", {"from_choice": "me@elsewhere.example"})
    assert wrong.status_code == 422


@pytest.mark.shows("ZMM-02")
def test_the_summary_says_what_a_mass_mail_is_for_and_leads_to_campaigns(page, camille, template):
    empty = page.get(reverse("mass-mails")).content.decode()
    drafted(camille, template)
    filled = page.get(reverse("mass-mails")).content.decode()
    camille.language = "fr"
    camille.save()
    french = page.get(reverse("mass-mails")).content.decode()

    said = "Several mails to target lists, with links of their own and one log, are a"
    for shown in (empty, filled):
        assert f'{said} <a href="{reverse("campaigns")}">campaign</a>.' in shown
    assert "Un envoi groupé dit une chose à des clients choisis" in french
    assert page.get(reverse("campaigns")).status_code == 200


@pytest.mark.slow
@pytest.mark.shows("ESPC-01", "TPL-01")
def test_one_template_serves_a_single_mail_a_mass_mail_and_a_sequence(page, camille, template, mailbox, crowd):
    camille.role.may_define_sequences = True
    camille.role.save()
    key = page.post(reverse("sequence-new"), {"do": "add:mail"}).context["form"].rows[0].key
    step = {"name": "Relances", "language": "fr", "step": key, f"kind-{key}": "mail", f"template-{key}": template.pk}

    page.post(reverse("sequence-new"), step | {"save": "1"})
    mass_mail = drafted(camille, None)
    page.post(reverse("mass-mail-message", args=[mass_mail.pk]), {"template": template.pk})
    single = page.get(reverse("mail-new"), {"template": template.pk, "person": crowd[0].pk})
    call = Caller(camille)
    by_api = call("POST", "/drafts", {"person_id": crowd[0].pk}).json()["id"]
    used = call("POST", f"/drafts/{by_api}/template", {"template_id": template.pk}).json()
    made = call("POST", "/mass-mails", {"name": "API", "module": "contact", "template_id": template.pk})
    steps = [{"kind": "mail", "template_id": template.pk}]
    sequence = call("POST", "/sequences", {"name": "API", "language": "fr", "steps": steps})

    mass_mail.refresh_from_db()
    assert mass_mail.template == template
    assert "Aide pour Olivier" in single.content.decode()
    assert used["subject"] == "Aide pour Olivier"
    assert made.json()["template_id"] == template.pk
    assert sequence.json()["steps"][0]["template_id"] == template.pk
    steps = Sequence.objects.get(name="Relances").current.steps.all()
    assert [each.template for each in steps] == [template]


@pytest.mark.shows("MASS-02", "ZMM-05", "TPL-01")
def test_the_senders_of_a_template_are_offered_by_the_page_and_taken_by_the_api(page, camille, template):
    written = {"name": "Du conseiller", "subject": "Votre toit", "html": "<p>x</p>", "language": "fr"}
    page.post(reverse("template-new"), written | {"from_choice": "owner", "reply_choice": "organisation"})
    named = Template.objects.get(name="Du conseiller")
    mass_mail = drafted(camille, None)
    message = reverse("mass-mail-message", args=[mass_mail.pk])

    assert "As the template says, else my address" in words(page.get(message))
    page.post(message, {"template": named.pk, "from_choice": "", "reply_choice": ""})
    told = {"name": "Par API", "module": "contact", "template_id": named.pk}
    made = Caller(camille)("POST", "/mass-mails", told).json()

    mass_mail.refresh_from_db()
    assert (mass_mail.from_choice, mass_mail.reply_choice) == ("owner", "organisation")
    assert (made["from_choice"], made["reply_choice"]) == ("owner", "organisation")


@pytest.mark.shows("MASS-01", "ZMM-10", "ZMM-12")
@pytest.mark.parametrize(
    ("query", "receive", "left_out"),
    [
        ({"selection": "all"}, 2, 2),
        ({"selection": "filter", "city": "Nantes"}, 1, 2),
        ({"selection": "filter", "q": "lucie"}, 1, 0),
        ({"ids": ""}, 0, 0),
    ],
)
def test_the_count_follows_the_choice(page, crowd, query, receive, left_out):
    if "ids" in query:
        query = {"selection": "rows", "ids": str(crowd[3].pk)}
        left_out = 1

    told = words(page.get(reverse("mass-mail-count"), {"module": "contact", **query}))

    assert f"Will receive it {receive} " in told
    assert (f"{left_out} {'person' if left_out == 1 else 'people'} left out, and why" in told) == bool(left_out)


@pytest.mark.shows("MASS-01", "ZMM-04")
def test_those_left_out_are_listed_with_their_reason_and_can_be_downloaded(page, crowd):
    query = {"module": "contact", "selection": "all", "reason": "no_address"}

    listed = words(page.get(reverse("mass-mail-left-out"), query))
    file = (
        page.get(reverse("mass-mail-left-out"), {**query, "format": "csv", "reason": ""}).getvalue().decode("utf-8-sig")
    )

    assert "Jana Brandt" in listed
    assert "Rohan Patel" not in listed
    assert [line.split(",")[0] for line in file.splitlines()] == ["Name", "Rohan Patel", "Jana Brandt"]


@pytest.mark.slow
@pytest.mark.shows("MASS-02", "ESPC-02", "UNSUB-03")
def test_the_checks_say_what_to_put_right_before_it_can_leave(page, camille, template, crowd):
    mass_mail = drafted(camille, None)

    told = words(page.get(reverse("mass-mail-check", args=[mass_mail.pk])))
    refused = page.post(reverse("mass-mail-send", args=[mass_mail.pk]), {"when": "now"})

    assert "No template is chosen yet." in told
    assert "There is no mailbox to send by." in told
    assert "First put right what is marked" in told
    assert refused.status_code == 422


@pytest.mark.shows("TPL-02", "ESPC-02")
def test_empty_fields_are_counted_with_and_without_a_fallback(page, camille, template, mailbox, crowd):
    person = crowd[0]
    person.first_name = ""
    person.save()

    told = words(page.get(reverse("mass-mail-check", args=[drafted(camille, template).pk])))

    assert "Person.firstName is empty for 1 person, and has no fallback" in told


@pytest.mark.shows("MASS-03", "MASS-06", "ZMM-29", "ZMM-33")
def test_it_is_scheduled_by_the_clock_of_the_organisation_stopped_and_listed(page, camille, template, mailbox, crowd):
    mass_mail = drafted(camille, template)

    page.post(reverse("mass-mail-send", args=[mass_mail.pk]), {"when": "later", "day": "2037-07-01", "hour": "09:30"})
    mass_mail.refresh_from_db()
    listed = words(page.get(reverse("mass-mails"), {"tab": "scheduled"}))
    page.post(reverse("mass-mail-act", args=[mass_mail.pk, "stop"]))
    stopped = words(page.get(reverse("mass-mails"), {"tab": "stopped"}))

    assert mass_mail.scheduled_at == datetime(2037, 7, 1, 7, 30, tzinfo=UTC)
    assert "Aides 2027" in listed
    assert "Stopped before it left." in stopped


@pytest.mark.shows("MASS-03")
def test_a_day_that_has_passed_is_refused_in_the_page(page, camille, template, mailbox, crowd):
    mass_mail = drafted(camille, template)

    refused = page.post(
        reverse("mass-mail-send", args=[mass_mail.pk]), {"when": "later", "day": "2020-01-01", "hour": "09:30"}
    )

    assert refused.status_code == 422
    assert "This moment has passed." in words(refused)


@pytest.mark.slow
@pytest.mark.shows("MASS-08", "ZMM-35", "ZMM-36")
def test_the_result_shows_every_number_and_the_people_behind_it(page, sent):
    told = words(page.get(reverse("mass-mail", args=[sent.pk])))

    assert "2 sent, and what became of them" in told
    assert "Delivered 1 50.0%" in told
    assert "1 bounced, 0 failed" in told
    assert "Human 1" in told
    assert "Vérifier mon toit" in told
    for bucket in stats.BUCKETS:
        assert page.get(reverse("mass-mail-people", args=[sent.pk, bucket])).status_code == 200
    opened = words(page.get(reverse("mass-mail-people", args=[sent.pk, "opened"])))
    assert "Olivier Mercadier" in opened
    assert "Lucie Pasquier" not in opened


@pytest.mark.shows("MASS-08", "ZMM-35")
def test_the_open_page_fetches_its_numbers_again(page, sent):
    whole = page.get(reverse("mass-mail", args=[sent.pk])).content.decode()
    again = page.get(reverse("mass-mail-stats", args=[sent.pk])).content.decode()

    assert f'data-live="message:{sent.message_id}"' in whole
    assert f'data-live="message:{sent.message_id}"' in again
    assert 'id="mail-state" class="row" hx-swap-oob' in again


@pytest.mark.shows("MASS-08")
def test_a_list_is_exported_and_becomes_a_new_mass_mail(page, sent, crowd):
    file = (
        page.get(reverse("mass-mail-people", args=[sent.pk, "opened"]), {"format": "csv"})
        .getvalue()
        .decode("utf-8-sig")
    )
    page.post(reverse("mass-mail-again", args=[sent.pk, "opened"]))

    assert [line.split(",")[0] for line in file.splitlines()] == ["Name", "Olivier Mercadier"]
    assert MassMail.objects.exclude(pk=sent.pk).get().criteria == {"ids": [crowd[0].pk]}


@pytest.mark.shows("MASS-08", "ENG-02", "ENG-09")
@pytest.mark.parametrize("drawer", ["", "?drawer=1"])
def test_each_copy_tells_its_own_story_with_verdicts(page, sent, drawer):
    copy = sent.message.recipients.get(email="olivier@mercadier.example")

    told = words(page.get(reverse("mass-mail-copy", args=[sent.pk, copy.pk]) + drawer))

    assert "Clicked Human Vérifier mon toit https://helionne.example/toit" in told
    assert "Opened Machine" in told


@pytest.mark.shows("MASS-07", "ZMM-34")
def test_a_colleague_sees_it_but_is_offered_no_act(client, camille, sent):
    client.force_login(add_user(email="yann@helionne.example", name="Yann", role="salesperson"))

    told = words(client.get(reverse("mass-mail", args=[sent.pk])))
    client.post(reverse("mass-mail-act", args=[sent.pk, "delete"]))

    assert "2 sent" in told
    assert "Delete the mass mail" not in told
    assert MassMail.objects.filter(deleted_at=None, pk=sent.pk).exists()


@pytest.mark.shows("TPL-01", "TPL-02")
def test_a_template_with_an_unknown_field_is_not_saved_and_the_right_one_is_proposed(page):
    given = {"name": "Relance", "language": "fr", "subject": "Bonjour", "html": "<p>{Person.fristName}</p>"}

    refused = page.post(reverse("template-new"), given)
    saved = page.post(reverse("template-new"), {**given, "html": "<p>{Person.firstName}</p>"})

    assert refused.status_code == 422
    assert "the field Person.fristName does not exist. Did you mean Person.firstName?" in words(refused)
    assert 'data-with="Person.firstName"' in refused.content.decode()
    assert saved.status_code == 302
    assert Template.objects.get().name == "Relance"


@pytest.mark.shows("TPL-03", "X7")
def test_a_preview_is_shown_in_a_frame_that_nothing_leaves(page, crowd):
    given = {"subject": "A", "html": "<p>{Person.firstName} <b>b</b></p><script>x()</script>", "person": crowd[0].pk}

    shown = page.post(reverse("template-preview"), given)

    assert "<p>Olivier <b>b</b></p>" in shown.content.decode()
    assert "<script" not in shown.content.decode()
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.shows("TPL-03")
def test_a_test_send_goes_to_oneself_and_into_nobodys_history(page, camille, template, mailbox, crowd):
    page.post(reverse("template-trial", args=[template.pk]), {"person": crowd[0].pk})

    copy = Recipient.objects.get()
    assert (copy.email, copy.person, copy.message.kind, copy.state) == (camille.email, None, "personal", "queued")
    assert copy.message.content.subject == "Aide pour Olivier"


@pytest.mark.shows("TPL-01")
def test_the_list_of_templates_offers_copy_and_archive_with_undo(page, template):
    assert "Aides" in words(page.get(reverse("templates")))

    page.post(reverse("template-archive", args=[template.pk]))
    assert "Aides" in words(page.get(reverse("templates"), {"tab": "archived"}))
    page.post(reverse("template-restore", args=[template.pk]))
    page.post(reverse("template-copy", args=[template.pk]))

    assert sorted(Template.objects.values_list("name", flat=True)) == ["Aides", "Aides, copy"]


@pytest.mark.shows("REC-03", "MASS-07")
def test_whoever_may_not_send_mass_mail_is_told_so(client, camille):
    client.force_login(add_user(email="ines@helionne.example", name="Inès", role="read_only"))

    refused = client.get(reverse("mass-mail-new"))

    assert refused.status_code == 403
    assert "Your role does not allow this." in words(refused)


@pytest.mark.shows("TPL-03")
def test_a_test_send_from_the_open_editor_takes_the_text_as_it_stands(page, template, mailbox, crowd):
    given = {"subject": "Non enregistré", "html": "<p>x</p>", "language": "fr", "person": ""}

    answer = page.post(reverse("template-trial", args=[template.pk]), given, headers={"HX-Request": "true"})

    assert "A test is on its way to camille@helionne.example." in words(answer)
    assert Recipient.objects.get().message.content.subject == "Non enregistré"


@pytest.mark.slow
@pytest.mark.shows("MASS-06", "ZMM-28")
def test_the_summary_asks_as_many_questions_for_four_mails_as_for_one(
    page, sent, camille, template, django_assert_max_num_queries
):
    page.get(reverse("mass-mails"))
    with django_assert_max_num_queries(40) as first:
        page.get(reverse("mass-mails"))
    for name in ("A", "B", "C"):
        drafted(camille, template, name=name)
    MassMail.objects.filter(name="A").update(state="stopped", state_why="by_hand")

    with django_assert_max_num_queries(len(first) + 4):
        listed = words(page.get(reverse("mass-mails")))

    assert listed.count("Aides 2027") == 1


@pytest.mark.shows("UNSUB-03", "MASS-02")
@pytest.mark.parametrize("required", [True, False])
def test_what_they_will_read_ends_with_the_opt_out_link_unless_it_is_lifted(page, camille, template, crowd, required):
    type(organisation()).objects.update(opt_out_required=required)

    shown = page.get(reverse("mass-mail-preview", args=[drafted(camille, template).pk]), {"person": crowd[0].pk})

    assert "Bonjour Olivier" in words(shown)
    assert ("Unsubscribe" in words(shown)) == required


@pytest.fixture
def doubtful(sent):
    """A copy of which nobody knows whether it left."""
    copy = Recipient.objects.filter(message=sent.message, state="sent").order_by("id").first()
    Recipient.objects.filter(pk=copy.pk).update(state="unknown", sent_at=None)
    Message.objects.filter(pk=sent.message_id).update(unknown=1, sent=F("sent") - 1)
    return copy


@pytest.mark.shows("D3", "G2")
@pytest.mark.parametrize(("decision", "state"), [("sent", "sent"), ("not_sent", "failed"), ("again", "queued")])
def test_a_person_decides_what_became_of_an_unknown_copy(page, sent, doubtful, decision, state):
    story = reverse("mass-mail-copy", args=[sent.pk, doubtful.pk])
    assert "Nobody can know whether this mail left." in page.get(story).content.decode()

    page.post(reverse("mass-mail-decide", args=[sent.pk, doubtful.pk]), {"decision": decision})

    doubtful.refresh_from_db()
    assert doubtful.state == state
    assert "Nobody can know" not in page.get(story).content.decode()


@pytest.mark.shows("D3", "ZMM-34")
def test_only_the_creator_decides_it(client, sent, doubtful):
    client.force_login(add_user(email="yann@helionne.example", name="Yann", role="manager"))

    client.post(reverse("mass-mail-decide", args=[sent.pk, doubtful.pk]), {"decision": "again"})

    doubtful.refresh_from_db()
    assert doubtful.state == "unknown"


@pytest.mark.shows("MASS-03")
def test_pressing_send_twice_sends_once_and_shows_the_results_twice(page, camille, template, mailbox, crowd):
    mass_mail = drafted(camille, template)
    send = reverse("mass-mail-send", args=[mass_mail.pk])

    answers = [page.post(send, {"when": "now"}) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [reverse("mass-mail", args=[mass_mail.pk])] * 2
    assert Message.objects.filter(kind="mass").count() == 1


@pytest.mark.shows("MASS-03", "ZMM-30")
@pytest.mark.parametrize(("minutes", "said"), [(5, "leaves so soon"), (300, "can be changed until")])
def test_the_words_of_a_schedule_are_true_of_its_hour(page, camille, template, mailbox, crowd, minutes, said):
    at = clock.now().astimezone(ZoneInfo(organisation().time_zone)) + timedelta(minutes=minutes)
    hour = {"when": "later", "day": at.strftime("%Y-%m-%d"), "hour": at.strftime("%H:%M")}

    answer = page.post(reverse("mass-mail-send", args=[drafted(camille, template).pk]), hour, follow=True)

    assert said in answer.content.decode()
