"""The pages of sequences: define, save with its effect, enrol after a dry run, see who is where and why."""

import re
from dataclasses import replace

import pytest

from relance.lib import clock
from relance.mail.models import Mailbox, Template
from relance.mail.templates import TemplateDraft, add_template, archive_template
from relance.people import actions as people
from relance.sequences import actions, course, enrolling, running
from relance.sequences.models import Enrolment, Sequence, StepRun
from relance.team.actions import add_user
from relance.team.models import Team
from tests.api.conftest import Caller
from tests.sequences.conftest import NOW, mail, set_clock
from tests.sequences.story import story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_stands(house):
    set_clock(NOW)
    house.set_up_at = NOW
    house.save(update_fields=["set_up_at"])


def posted(sequence, **more):
    """The editor's form as it stands for a sequence."""
    told = {"name": sequence.name, "language": "fr", "opt_out_link": "on", "base": "1", "step": []}
    for step in sequence.current.steps.all():
        told["step"].append(step.key)
        told |= {f"kind-{step.key}": step.kind, f"name-{step.key}": step.name, f"thread-{step.key}": step.thread}
        told[f"template-{step.key}"] = step.template_id or ""
        told[f"wait-{step.key}"] = step.wait_minutes // 1440 if step.is_mail else step.wait_days
        told[f"unit-{step.key}"] = "days"
    return told | more


@pytest.mark.shows("SEQ-01", "SEQ-02", "SELL-03")
def test_a_sequence_is_made_on_the_page_and_only_by_those_who_may(client, template, mailbox, chief, maud):
    client.force_login(maud)
    assert client.get("/sequences/new").status_code == 403
    client.force_login(chief)
    page = client.post("/sequences/new", {"name": "Relances", "language": "fr", "do": "add:mail"})
    key = page.context["form"].rows[0].key
    values = {"name": "Relances", "language": "fr", "step": key, f"kind-{key}": "mail", "save": "1"}

    wrong = client.post("/sequences/new", values)
    right = client.post("/sequences/new", {**values, f"template-{key}": template.pk})

    assert wrong.status_code == 422
    assert "Step 1: choose a template." in wrong.content.decode()
    assert right.status_code == 302
    made = Sequence.objects.get()
    assert [step.name for step in made.current.steps.all()] == ["Toit utile"]
    assert client.get(f"/sequences/{made.pk}").status_code == 200
    assert "Relances" in client.get("/sequences").content.decode()


@pytest.mark.slow
@pytest.mark.shows("SELL-04", "SELL-28", "SEQ-11")
def test_the_side_bar_leads_to_all_sequences_and_those_who_define_add_one(
    client, sequence, template, antoine, chief, maud
):
    salons = actions.add(actions.SequenceDraft(name="Salons", steps=(mail(template),)), by=chief, now=NOW)
    enrolling.enrol_one(salons, antoine, by=maud, now=NOW)
    pages = {}
    for user in (maud, chief):
        client.force_login(user)
        aside = client.get("/").content.decode().split("<h2>Reach</h2>")[1].split("</div>")[0]
        assert re.search(r'href="/sequences"[^>]*>.*?Sequences', aside, re.DOTALL)
        pages[user] = client.get("/sequences").content.decode()

    rows = pages[maud].split("<tbody>")[1].split("</tr>")[:2]
    said = {" ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row).split()) for row in rows}
    assert said == {
        "Entrepôts ouest 4 0 0 0 none yet IC Inès Chef",  # steps, enrolled, active, finished, reply rate, by whom
        "Salons 1 1 1 0 none yet IC Inès Chef",
    }
    assert 'href="/sequences/new"' not in pages[maud]
    assert 'href="/sequences/new"' in pages[chief]
    assert client.get("/sequences/new").status_code == 200
    by_api = Caller(maud)("GET", "/sequences").json()["items"]
    assert {(row["name"], len(row["steps"])) for row in by_api} == {("Entrepôts ouest", 4), ("Salons", 1)}


@pytest.mark.shows("SELL-29", "SELL-08", "SEQ-01")
def test_once_made_a_sequence_is_there_for_every_colleague_by_page_and_by_api(client, sequence, template, mailbox):
    east = Team.objects.create(name="East")
    jean = add_user(email="jean@helionne.example", name="Jean", role="salesperson", team=east)
    Mailbox.objects.filter(pk=mailbox.pk).update(user=None, is_default=True)
    one, two = (
        people.add_person(
            "lead", people.PersonDraft(values={"first_name": name}, emails=[f"{name}@x.example"]), by=jean, now=NOW
        )
        for name in ("Ada", "Bob")
    )
    client.force_login(jean)

    assert client.get(f"/sequences/{sequence.pk}").status_code == 200
    offered = client.get("/sequences/enrol/leads", {"ids": one.pk}).content.decode()
    client.post("/sequences/enrol/leads", {"ids": one.pk, "sequence": sequence.pk})
    by_api = Caller(jean)("POST", f"/sequences/{sequence.pk}/enrolments", {"person_ids": [two.pk]})

    assert "Entrepôts ouest" in offered
    assert by_api.status_code < 300, by_api.content
    assert set(Enrolment.objects.values_list("person", "user")) == {(one.pk, jean.pk), (two.pk, jean.pk)}


@pytest.mark.shows("SELL-35", "SEQ-02")
def test_a_step_is_added_changed_and_deleted_and_the_sequence_renamed(client, sequence, template, second, chief):
    client.force_login(chief)
    path = f"/sequences/{sequence.pk}/edit"

    added = client.post(path, posted(sequence, do="add:mail"))
    key = added.context["form"].rows[-1].key
    told = posted(sequence, save="1", name="Entrepôts est")
    told["step"].append(key)
    told |= {f"kind-{key}": "mail", f"template-{key}": second.pk, f"wait-{key}": 6, f"unit-{key}": "hours"}
    told |= {"template-one": second.pk, "wait-two": 3}
    client.post(path, told)
    sequence.refresh_from_db()
    steps = {step.key: (step.template, step.wait_minutes) for step in sequence.current.steps.all()}
    assert sequence.name == "Entrepôts est"
    assert (steps["one"], steps["two"][1], steps[key]) == ((second, 0), 3 * 1440, (second, 360))

    gone = client.post(path, posted(sequence, do="remove:two"))
    assert "two" not in [row.key for row in gone.context["form"].rows]
    kept = posted(sequence, save="1", base="2")
    kept["step"] = [each for each in kept["step"] if each != "two"]
    client.post(path, kept)
    assert [step.key for step in sequence.current.steps.all()] == ["one", "call", "three", key]


@pytest.mark.shows("SELL-19", "SEQ-09")
def test_the_language_of_the_link_is_chosen_and_stands_at_the_bottom_of_each_mail(client, sequence, antoine, chief):
    client.force_login(chief)
    page = client.get(f"/sequences/{sequence.pk}/edit").content.decode()
    offered = page.split('id="language" name="language"')[1].split("</select>")[0]
    assert {"fr", "en", "de", "es", "it", "nl", "pt"} <= set(re.findall(r'value="(\w+)"', offered))

    client.post(f"/sequences/{sequence.pk}/edit", posted(sequence, save="1", language="nl"))
    for step in sequence.current.steps.filter(kind="mail"):
        read = Caller(chief)("GET", f"/sequences/{sequence.pk}/mails/{step.key}?person_id={antoine.pk}").json()
        bottom = re.sub(r"<[^>]+>", " ", read["html"]).split()
        assert "Uitschrijven" in " ".join(bottom[-12:])
    wrong = Caller(chief)("POST", "/sequences", {"name": "x", "language": "xx", "steps": []})
    assert wrong.status_code == 422


@pytest.mark.shows("SELL-02", "SELL-13")
def test_a_template_is_written_in_a_step_and_chosen_there(client, mailbox, chief):
    client.force_login(chief)
    key = client.post("/sequences/new", {"do": "add:mail"}).context["form"].rows[0].key
    told = {"name": "Relances", "language": "fr", "opt_out_link": "on", "step": key, f"kind-{key}": "mail"}
    words = {f"subject-{key}": "Votre toit", f"text-{key}": "Bonjour {Person.firstName|vous},\n\nUn < deux."}

    wrong = client.post(
        "/sequences/new", told | words | {f"text-{key}": "Bonjour {Person.nickname},", "do": f"write:{key}"}
    )
    right = client.post("/sequences/new", told | words | {"do": f"write:{key}"})
    nothing = client.post("/sequences/new", told | {"do": f"write:{key}"})

    for subject in ("", " ", "x" * 401):
        unnamed = client.post("/sequences/new", told | words | {f"subject-{key}": subject, "do": f"write:{key}"})
        assert "Give the new template a subject of at most 400 characters." in unnamed.content.decode()
    assert wrong.status_code == 422
    assert wrong.context["form"].rows[0].text == "Bonjour {Person.nickname},", "what was typed stays"
    made = Template.objects.get(name="Votre toit")
    assert right.context["form"].rows[0].template == str(made.pk)
    assert "<p>Bonjour {Person.firstName|vous},</p>" in made.html
    assert "Un &lt; deux." in made.html
    assert (made.shared, made.language, made.owner) == (True, "fr", chief)
    assert nothing.status_code == 200


@pytest.mark.shows("SEQ-02", "SELL-12", "SELL-35")
def test_steps_are_moved_by_keys_and_by_the_order_of_the_page(client, sequence, chief):
    client.force_login(chief)

    moved = client.post(f"/sequences/{sequence.pk}/edit", posted(sequence, do="down:one"))
    told = posted(sequence, save="1")
    told["step"] = ["three", "one", "two", "call"]
    client.post(f"/sequences/{sequence.pk}/edit", told)

    assert [row.key for row in moved.context["form"].rows] == ["two", "one", "call", "three"]
    assert [step.key for step in sequence.current.steps.all()] == ["three", "one", "two", "call"]


@pytest.mark.shows("SEQ-12", "SELL-33", "SELL-36", "C-1")
def test_saving_a_sequence_in_use_asks_and_shows_where_each_would_land(client, sequence, antoine, chief, maud):
    row = enrolling.enrol_one(sequence, antoine, by=maud, now=NOW)
    client.force_login(chief)
    told = posted(sequence, save="1")
    told["wait-two"] = 5

    asked = client.post(f"/sequences/{sequence.pk}/edit", told)
    assert asked.status_code == 200
    (landing,) = asked.context["asks"]["landings"]
    assert (landing.scheduled, landing.people, landing.then) == ("Toit utile", 1, "Le chiffre du voisin")
    assert sequence.current.number == 1

    client.post(f"/sequences/{sequence.pk}/edit", told | {"effect": "migrate"})
    row.refresh_from_db()
    assert (sequence.current.number, row.version.number, row.moves_to.number) == (2, 1, 2)


@pytest.mark.shows("SEQ-10", "SELL-24", "TPL-02")
def test_a_preview_names_the_fields_that_are_empty_for_its_reader(client, chief, mailbox, add):
    html = "<p>{Person.firstName}, {Person.company|chez vous}, {Person.phone}, {Person.city}, {User.name}</p>"
    values = {"name": "Vides", "language": "fr", "subject": "À {Person.city}", "html": html}
    template = add_template(TemplateDraft(values=values), by=chief, now=NOW)
    draft = actions.SequenceDraft(name="Vides", steps=(mail(template, key="one"),))
    sequence = actions.add(draft, by=chief, now=NOW)
    bare, whole = add("Léa", "lea@x.example"), add("Luc", "luc@x.example", phone="0102030405", city="Brest")
    client.force_login(chief)
    place = f"/sequences/{sequence.pk}/steps/{sequence.current.steps.get().pk}"

    shown = [client.get(f"{place}?person={each.pk}").content.decode() for each in (bare, whole)]
    told = Caller(chief)("GET", f"/sequences/{sequence.pk}/mails/one?person_id={bare.pk}").json()

    assert told["unfilled"] == ["Person.city", "Person.phone"]
    assert "Empty for Léa, with no words in their place:" in shown[0]
    assert '<b class="mono">{Person.city}</b>, <b class="mono">{Person.phone}</b>' in shown[0]
    assert "with no words in their place" not in shown[1]


@pytest.mark.shows("SEQ-12", "SELL-33", "C-1")
def test_where_people_would_land_passes_over_what_each_of_them_has_had(sequence, add, chief, maud):
    one, two, call, three = actions.draft_of(sequence).steps
    began, skipped, early = (
        enrolling.enrol_one(sequence, add(f"P {n}", f"p{n}@x.example"), by=maud, now=NOW) for n in range(3)
    )
    steps = {step.key: step for step in sequence.current.steps.all()}
    StepRun.objects.create(enrolment=began, step=steps["one"], at=NOW, done_at=NOW)
    Enrolment.objects.filter(pk__in=[began.pk, skipped.pk]).update(position=2)
    after = (replace(two, thread=""), one, call, three)  # what was first comes second now

    told = {(each.scheduled, each.people, each.then) for each in actions.landings(sequence, after)}

    assert told == {(two.name, 1, call.name), (two.name, 1, one.name), (one.name, 1, call.name)}
    actions.save(sequence, replace(actions.draft_of(sequence), steps=after), migrate=True, by=chief, now=NOW)
    for row, then in ((began, call), (skipped, one), (early, call)):
        held = course.held(row.pk)
        course.go_on(held, after=held.version.steps.get(position=held.position), at=NOW, now=NOW)
        assert course.present(held).key == then.key


@pytest.mark.shows("SEQ-02", "SELL-35")
def test_a_sequence_whose_template_was_archived_since_is_renamed_and_keeps_it(client, sequence, template, chief):
    archive_template(template, by=chief, now=NOW)
    client.force_login(chief)

    page = client.get(f"/sequences/{sequence.pk}/edit").content.decode()
    new = client.get("/sequences/new").content.decode()
    kept = client.post(f"/sequences/{sequence.pk}/edit", posted(sequence, save="1", name="Autre nom"))

    assert page.count(f'<option value="{template.pk}" selected>') == 2
    assert template.name not in new
    sequence.refresh_from_db()
    assert (kept.status_code, sequence.name, sequence.current.number) == (302, "Autre nom", 1)


@pytest.mark.shows("SEQ-12", "SELL-05", "SELL-36", "C-1")
def test_renaming_affects_nobody_and_keeping_keeps_the_version(client, sequence, antoine, chief, maud):
    row = enrolling.enrol_one(sequence, antoine, by=maud, now=NOW)
    client.force_login(chief)

    client.post(f"/sequences/{sequence.pk}/edit", posted(sequence, save="1", name="Autre nom"))
    sequence.refresh_from_db()
    assert (sequence.name, sequence.current.number) == ("Autre nom", 1)

    told = posted(sequence, save="1", effect="keep")
    told["step"] = ["one"]
    client.post(f"/sequences/{sequence.pk}/edit", told)
    row.refresh_from_db()
    assert (sequence.current.number, row.version.number, row.moves_to) == (2, 1, None)


@pytest.mark.shows("SEQ-01", "SEQ-10", "SEQ-14", "SELL-08")
def test_people_are_enrolled_from_a_list_after_a_dry_run_that_says_who_is_left_out(
    client, sequence, antoine, add, maud
):
    nobody, out = add("Sans Adresse"), add("Lucie Pasquier", "lucie@x.example")
    people.opt_out(people.Wish(normal="lucie@x.example", route="page", at=NOW))
    client.force_login(maud)
    answer = client.post("/leads/chosen/sequence", {"ids": [antoine.pk, nobody.pk, out.pk]})

    page = client.get(f"{answer['Location']}&sequence={sequence.pk}")

    assert (page.context["accepted"], page.context["refused"], page.context["mails"]) == (1, 2, 3)
    assert [word for word, _number, _people in page.context["left"]] == ["No address", "Opted out"]
    done = client.post(answer["Location"].split("?")[0], {"ids": f"{antoine.pk},{nobody.pk}", "sequence": sequence.pk})
    assert Enrolment.objects.get().person == antoine
    assert "Enrolled: 1" in client.get(done["Location"]).content.decode()


@pytest.mark.shows("SEQ-08", "SEQ-11")
def test_the_page_of_a_person_says_why_and_lets_one_act(client, sequence, antoine, maud):
    row = enrolling.enrol_one(sequence, antoine, by=maud, now=NOW)
    client.force_login(maud)
    page = client.get(f"/sequences/{sequence.pk}/people/{row.pk}").content.decode()
    assert "Enrolled by Maud Le Goff in version 1" in page
    assert "Europe/Paris" in page

    client.post(f"/sequences/{sequence.pk}/people/{row.pk}/pause")
    row.refresh_from_db()
    assert row.state == "paused"
    assert "Antoine Guillou" in client.get(f"/sequences/{sequence.pk}?state=paused").content.decode()


@pytest.mark.shows("SEQ-10")
def test_a_mail_is_shown_as_a_real_person_would_read_it(client, sequence, antoine, maud):
    client.force_login(maud)
    step = sequence.current.steps.get(key="two")

    page = client.get(f"/sequences/{sequence.pk}/steps/{step.pk}?person={antoine.pk}")

    assert page.context["seen"].subject == "Re: Votre toit, Antoine"
    assert "Bonjour Antoine" in page.content.decode()


@pytest.mark.shows("SEQ-13", "SELL-37")
def test_deleting_says_how_many_and_is_for_those_who_define(client, sequence, antoine, chief, maud):
    enrolling.enrol_one(sequence, antoine, by=maud, now=NOW)
    client.force_login(maud)
    assert client.post(f"/sequences/{sequence.pk}/delete").status_code == 403
    client.force_login(chief)
    assert "1 person is under way" in client.get(f"/sequences/{sequence.pk}").content.decode()

    client.post(f"/sequences/{sequence.pk}/delete")
    assert Enrolment.objects.get().reason == "deleted"
    assert client.get(f"/sequences/{sequence.pk}").status_code == 404


@pytest.mark.shows("SEQ-15")
def test_the_pace_of_a_mailbox_is_set_on_its_page(client, mailbox, chief):
    client.force_login(chief)

    client.post("/sequences/pace", {"mailbox": mailbox.pk, "per_day": "200", "gap": "30"})

    pace = Mailbox.objects.get().sequence_pace
    assert (pace.per_day, pace.gap) == (200, 30)
    assert 'value="200"' in client.get("/sequences/pace").content.decode()


@pytest.mark.shows("SEQ-12")
def test_whoever_edited_an_older_version_is_told(sequence, template, chief):
    draft = actions.draft_of(sequence)
    actions.save(sequence, actions.SequenceDraft(name="x", steps=(mail(template),)), migrate=False, by=chief, now=NOW)

    with pytest.raises(actions.SavedMeanwhile):
        actions.save(sequence, draft, migrate=False, by=chief, now=NOW, base=1)


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "SELL-09")
def test_today_tells_what_stands_still_to_whoever_can_see_to_it(client, sequence, antoine, maud, chief):
    enrolling.enrol(sequence, [antoine.pk], by=maud, now=NOW)
    Mailbox.objects.update(state="broken")
    running.run_due(NOW)
    told = {}
    for user in (maud, chief):
        client.force_login(user)
        told[user.name] = client.get("/").content.decode()

    client.force_login(chief)
    maud.is_active = False
    maud.save(update_fields=["is_active"])
    left = client.get("/").content.decode()

    assert "1 person is paused: Mailbox broken." in told["Maud Le Goff"]
    assert "They go on by themselves once the mailbox works again." in told["Maud Le Goff"]
    assert "is paused" not in told["Inès Chef"]
    assert "1 person is paused: Mailbox broken." in left


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("SELL-18", "SEQ-13")
@pytest.mark.parametrize("link", [True, False])
def test_every_mail_has_the_unsubscribe_link_unless_it_is_switched_off_and_the_page_says_what_that_risks(
    client, template, mailbox, chief, maud, add, link
):
    draft = actions.SequenceDraft(name="Court", steps=(mail(template, key="one"),), opt_out_link=link)
    sequence = actions.add(draft, by=chief, now=NOW)
    lise = add("Lise Roux", "lise@x.example")
    with story(NOW) as told:
        enrolling.enrol(sequence, [lise.pk], by=maud, now=clock.now())
        told.settle()
        (sent,) = [told.read(each) for each in told.relay.mails]
    client.force_login(chief)
    page = client.get(f"/sequences/{sequence.pk}/edit").content.decode()

    assert ("nsubscribe" in sent.get_body(("html",)).get_content()) is link
    assert ('name="opt_out_link" checked' in page) is link
    assert "readers mark mails as spam, and some laws require it" in page
    assert 'name="opt_out_link" checked' in client.get("/sequences/new").content.decode(), "there by default"
