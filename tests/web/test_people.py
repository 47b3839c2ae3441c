"""The pages of leads and contacts: list, record, forms, wishes, and what a stranger does not see."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from relance.lib import clock
from relance.mail.models import Content, Interaction, Mailbox, Message, Recipient
from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Account, Address, Person, Suppression
from relance.people.suppression import Wish
from relance.records import matching
from relance.team.actions import add_user
from relance.team.models import Team
from relance.team.policy import Level
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def seller():
    team = Team.objects.create(name="West")
    return add_user(email="claire@helionne.example", name="Claire Morel", role="salesperson", team=team)


@pytest.fixture
def site(client, boss):
    client.force_login(boss)
    return client


def add(by, name, *emails, kind="lead", **values):
    first, _, last = name.partition(" ")
    draft = PersonDraft(values={"first_name": first, "last_name": last, **values}, emails=emails)
    return actions.add_person(kind, draft, by=by, now=NOW)


def mail_to(person, by, *, subject="The neighbour’s figure", **facts):
    mailbox = Mailbox.objects.get_or_create(name="Relay", address=by.email, host="localhost")[0]
    content = Content.objects.create(subject=subject, links=[{"number": 1, "url": "https://a.example", "label": "See"}])
    number = Message.objects.count()
    message = Message.objects.create(
        kind="mass",
        send_key=f"mass:{number}",
        state="done",
        content=content,
        mailbox=mailbox,
        sender=by,
        deliver_at=NOW,
        created_at=NOW,
    )
    facts = {"state": "sent", "track": "full", "sent_at": NOW, **facts}
    return Recipient.objects.create(
        message=message, person=person, email=person.primary_email, normal=person.primary_email, queued_at=NOW, **facts
    )


ONE_CLICK = "List-Unsubscribe=One-Click"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def restrict(user, module="lead"):
    user.role.grants.filter(module=module).update(read=Level.OWN, edit=Level.OWN, delete_level=Level.OWN)


@pytest.mark.shows("REC-05", "UNSUB-02", "SELL-23")
def test_a_row_tells_the_last_mail_its_openings_and_the_wish(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example", company="Moulins Guérin", city="Ancenis")
    copy = mail_to(person, boss, first_opened_at=NOW, last_opened_at=NOW, opens=4)
    actions.opt_out(Wish(normal="lucie@guerin.example", route="page", at=NOW, recipient_id=copy.pk))

    page = site.get(reverse("leads"))
    by_api = Caller(boss)("GET", f"/leads/{person.pk}").json()["addresses"][0]

    assert (by_api["opted_out_at"], by_api["opted_out_route"]) == ("2026-11-20T09:00:00Z", "page")
    assert by_api["opted_out_recipient_id"] == copy.pk
    assert 'class="told" type="button" aria-label="Opted out, Fri 20 Nov, 10:00' in page.content.decode()
    said = text(page)
    assert all(word in said for word in ("Lucie Pasquier", "Moulins Guérin", "Ancenis", "opted out", "1 lead"))
    assert "How: The unsubscribe page, from “The neighbour’s figure”" in said
    assert page.context["rows"][0].mail.opens == 4
    assert 'aria-label="Sent, opened, not clicked"' in page.content.decode()


@pytest.mark.shows("UNSUB-02")
@pytest.mark.parametrize("path", ["/leads", "/leads/{}", "/history/lead/{}"])
def test_a_wish_by_the_button_names_the_mail_as_it_was_read_and_leaves_out_the_words_of_the_protocol(site, boss, path):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example", company="Moulins Guérin")
    copy = mail_to(person, boss, subject="{Person.firstName|Hello}, the roof of {Person.company}")
    wish = Wish(normal="lucie@guerin.example", route="one_click", at=NOW, recipient_id=copy.pk, words=ONE_CLICK)
    actions.opt_out(wish)

    said = text(site.get(path.format(person.pk)))

    assert "The button of the mail program" in said
    assert "Lucie, the roof of Moulins Guérin" in said
    assert "{Person" not in said
    assert ONE_CLICK not in said
    assert Suppression.objects.get().words == ONE_CLICK, "kept as a proof"


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "not_opened"),
        ({"track": "none"}, "sent"),
        ({"first_opened_at": NOW}, "opened"),
        ({"first_clicked_at": NOW}, "clicked"),
        ({"replied_at": NOW}, "replied"),
        ({"bounced_at": NOW}, "bounced"),
        ({"sent_at": None, "state": "queued"}, "queued"),
        ({"sent_at": None, "state": "refused"}, "new"),
    ],
)
def test_the_state_of_a_row_is_what_came_last_of_the_last_mail(site, boss, facts, state):
    mail_to(add(boss, "Lucie Pasquier", "lucie@guerin.example"), boss, **facts)

    assert site.get(reverse("leads")).context["rows"][0].state == state


@pytest.mark.shows("REC-02", "REC-05")
def test_the_state_of_a_row_says_first_what_keeps_mail_away(site, boss):
    add(boss, "Ada", "ada@example.com")
    add(boss, "Bea")
    add(boss, "Cleo", "cleo@example.com")
    actions.note_bounce("ada@example.com", hard=True, why="no such user", recipient_id=1, now=NOW)

    rows = site.get(reverse("leads")).context["rows"]

    assert [row.state for row in rows] == ["hard_bounced", "no_address", "new"]


@pytest.mark.slow
@pytest.mark.shows("L1", "REC-05")
def test_a_list_costs_the_same_queries_for_two_rows_as_for_fifty(site, boss, django_assert_max_num_queries):
    for number in range(55):
        person = add(boss, f"Ada Nr{number:02d}", f"ada{number}@example.com")
        if number % 2:
            mail_to(person, boss, opens=1)
            actions.opt_out(Wish(normal=f"ada{number}@example.com", route="page", at=NOW, recipient_id=1))
    matching.knows_own_grams()
    clock.now()
    site.get(reverse("leads"))

    # session, user, role, rows, estimate, count, last mails, addresses, ledger, subjects, organisation, clock
    with django_assert_max_num_queries(12):
        page = site.get(reverse("leads"))

    assert len(page.context["rows"]) == 50


@pytest.mark.slow
@pytest.mark.shows("REC-05")
def test_the_pager_keeps_search_filters_and_order(site, boss):
    for number in range(60):
        add(boss, f"Ada Nr{number:02d}", city="Lyon")
    add(boss, "Ada Elsewhere", city="Paris")

    first = site.get(reverse("leads"), {"q": "ada", "city": "Lyon", "sort": "-name"})
    link = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = site.get(reverse("leads") + link)

    assert first.context["rows"][0].name == "Ada Nr59"
    assert [row.name for row in second.context["rows"]] == [f"Ada Nr{number:02d}" for number in range(9, -1, -1)]
    assert "60 leads" in text(first)


@pytest.mark.shows("REC-05")
def test_each_criterion_is_a_chip_that_can_be_taken_away(site, boss):
    add(boss, "Ada", city="Lyon")

    page = site.get(reverse("leads"), {"q": "ada", "city": "Lyon", "owner": "me"})

    assert [(str(chip.label), str(chip.value), chip.href) for chip in page.context["chips"]] == [
        ("Search", "“ada”", "?owner=me&city=Lyon"),
        ("Owner", "me", "?q=ada&city=Lyon"),
        ("City", "Lyon", "?q=ada&owner=me"),
    ]


@pytest.mark.shows("REC-05", "X19")
def test_a_bad_cursor_and_a_bad_filter_are_said_and_the_list_is_shown(site, boss):
    add(boss, "Ada")

    said = text(site.get(reverse("leads"), {"after": "zzz", "created": "yesterday", "sort": "owner__password"}))

    assert "That page is not there any more" in said
    assert "“yesterday” says nothing for Added in" in said
    assert "cannot be sorted that way" in said
    assert "Ada" in said


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize("many", ["leads", "contacts", "accounts"])
def test_an_empty_list_teaches_and_a_search_without_result_shows_the_way_back(site, many):
    assert "yet" in text(site.get(reverse(many)))
    assert "Nobody answers to this" in text(site.get(reverse(many), {"q": "nobody"}))


@pytest.mark.shows("REC-02")
def test_somebody_is_added_with_several_addresses(site, boss):
    Account.objects.create(name="Moulins Guérin", name_folded="moulins guerin", created_at=NOW, updated_at=NOW)

    answer = site.post(
        reverse("lead-new"),
        {
            "first_name": "Lucie",
            "last_name": "Pasquier",
            "emails": "Lucie@Guerin.example\nlp@home.example; lucie@guerin.example",
            "account": "moulins guérin",
            "owner": boss.pk,
            "language": "fr",
            "time_zone": "Europe/Paris",
        },
    )

    person = Person.objects.get()
    assert answer.url == reverse("lead", args=[person.pk])
    assert [address.email for address in person.addresses.all()] == ["Lucie@guerin.example", "lp@home.example"]
    assert (person.account.name, person.company, person.language) == ("Moulins Guérin", "Moulins Guérin", "fr")


@pytest.mark.shows("REC-02")
@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"emails": "lucie@@guerin"}, "lucie@@guerin is not an e-mail address"),
        ({"account": "Nowhere", "first_name": "Ada"}, "No account has this name"),
        ({}, "Give a name or an address"),
    ],
)
def test_a_refused_form_says_what_to_correct_and_keeps_what_was_typed(site, boss, told, sentence):
    answer = site.post(reverse("lead-new"), {"owner": boss.pk, "city": "Ancenis", **told})

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Ancenis"' in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.shows("REC-08")
def test_somebody_of_the_same_address_is_shown_before_a_second_record_is_made(site, boss):
    twin = add(boss, "Lucie Pasquier", "lucie@guerin.example", kind="contact")
    told = {"first_name": "L.", "emails": "LUCIE@guerin.example", "owner": boss.pk}

    warned = site.post(reverse("lead-new"), told)
    made = site.post(reverse("lead-new"), {**told, "anyway": "1"})

    assert warned.status_code == 422
    assert reverse("contact", args=[twin.pk]) in warned.content.decode()
    assert made.status_code == 302
    assert Person.objects.count() == 2


@pytest.mark.shows("X8")
def test_a_twin_that_the_colleague_may_not_see_is_not_betrayed(client, boss, seller):
    restrict(seller)
    add(boss, "Lucie Pasquier", "lucie@guerin.example")
    client.force_login(seller)

    answer = client.post(
        reverse("lead-new"), {"first_name": "L.", "emails": "lucie@guerin.example", "owner": seller.pk}
    )

    assert answer.status_code == 302


@pytest.mark.shows("REC-02")
def test_an_edit_keeps_what_is_known_of_an_address(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    actions.note_bounce("lucie@guerin.example", hard=True, why="no such user", recipient_id=1, now=NOW)

    form = site.get(reverse("lead-edit", args=[person.pk])).context["form"]
    site.post(
        reverse("lead-edit", args=[person.pk]),
        {
            "first_name": "Lucie",
            "last_name": "P.",
            "emails": f"{form['emails'].value()}\nlp@home.example",
            "owner": boss.pk,
        },
    )

    person.refresh_from_db()
    assert person.name == "Lucie P."
    assert list(person.addresses.values_list("email", "state")) == [
        ("lucie@guerin.example", "bounced"),
        ("lp@home.example", "valid"),
    ]


@pytest.mark.shows("REC-03")
@pytest.mark.parametrize("left", [True, False])
def test_an_edit_keeps_an_owner_who_has_left_and_gives_nobody_what_nobody_owned(site, boss, seller, left):
    person = add(seller, "Lucie Pasquier")
    if left:
        type(seller).objects.filter(pk=seller.pk).update(is_active=False)
    else:
        Person.objects.update(owner=None)

    shown = site.get(reverse("lead-edit", args=[person.pk])).context["form"]["owner"]
    site.post(reverse("lead-edit", args=[person.pk]), {"first_name": "Lucie", "owner": shown.value()})

    person.refresh_from_db()
    assert (person.name, person.owner) == ("Lucie", seller if left else None)


@pytest.mark.shows("REC-07", "ENG-02")
def test_the_history_unfolds_each_mail_with_its_verdicts_and_the_newest_first(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    mail_to(person, boss, subject="First mail", sent_at=NOW - timedelta(days=3))
    copy = mail_to(person, boss, subject="Second mail", first_clicked_at=NOW)
    for kind, verdict in (("open", "machine"), ("open", "unknown"), ("click", "human")):
        Interaction.objects.create(recipient=copy, message=copy.message, kind=kind, verdict=verdict, at=NOW, link=1)

    said = text(site.get(reverse("lead", args=[person.pk])))

    assert said.index("Second mail") < said.index("First mail")
    assert all(
        word in said
        for word in ("Fetched by a machine", "Opened, perhaps", "Clicked", "See https://a.example", "Human")
    )


@pytest.mark.slow
@pytest.mark.shows("REC-07")
def test_older_mails_are_a_page_further(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    for number in range(25):
        mail_to(person, boss, subject=f"Mail {number:02d}")

    first = site.get(reverse("lead", args=[person.pk]))
    second = text(site.get(reverse("lead", args=[person.pk]) + first.context["history"].older))

    assert "Mail 24" in text(first)
    assert "Mail 04" not in text(first)
    assert "Mail 04" in second
    assert "Mail 05" not in second


@pytest.mark.slow
@pytest.mark.shows("UNSUB-02", "REC-02")
def test_a_wish_written_down_by_hand_needs_a_reason_and_can_be_lifted_with_another(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    address = person.addresses.get()
    out, back = (reverse(f"lead-{verb}", args=[person.pk, address.pk]) for verb in ("opt-out", "opt-in"))

    refused = site.post(out, {"scope": "marketing", "words": ""})
    site.post(out, {"scope": "marketing", "words": "By phone, 19 November"})
    line = Suppression.objects.get()
    page = text(site.get(reverse("lead", args=[person.pk])))
    site.post(back, {"words": "She wrote to us"})

    assert refused.status_code == 422
    assert (line.route, line.by, line.words) == ("by_hand", boss, "By phone, 19 November")
    assert "“By phone, 19 November”" in page
    line.refresh_from_db()
    assert (line.lifted_by, line.lifted_words) == (boss, "She wrote to us")


@pytest.mark.shows("REC-02")
def test_a_dead_address_can_be_said_to_work_after_all(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    actions.note_bounce("lucie@guerin.example", hard=True, why="550 no such user", recipient_id=1, now=NOW)
    assert "550 no such user" in text(site.get(reverse("lead", args=[person.pk])))

    site.post(reverse("lead-heal", args=[person.pk, person.addresses.get().pk]))

    assert Address.objects.get().state == "valid"


@pytest.mark.shows("UNSUB-06")
def test_an_answer_about_being_followed_is_kept_with_its_words(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    where = reverse("lead-consent", args=[person.pk])

    refused = site.post(where, {"state": "granted", "how": "phone", "words": ""})
    site.post(where, {"state": "granted", "how": "phone", "words": "May we? Yes.", "source": "Call of 19 November"})

    assert refused.status_code == 422
    person.refresh_from_db()
    proof = person.consent_proofs.get()
    assert (person.tracking_consent, proof.words, proof.source, proof.by) == (
        "granted",
        "May we? Yes.",
        "Call of 19 November",
        boss,
    )


@pytest.mark.shows("REC-05", "MASS-01")
def test_chosen_rows_or_all_results_go_to_a_mass_mail(site, boss):
    ada, bea = add(boss, "Ada"), add(boss, "Bea")
    act = reverse("leads-mass-mail")

    rows = site.post(act, {"ids": [ada.pk, bea.pk]})
    everything = site.post(act, {"ids": [ada.pk], "all": "1", "q": "ada", "city": "Lyon"})
    nothing = site.post(act, {})

    assert rows.url == reverse("mass-mail-new") + f"?module=lead&ids={ada.pk},{bea.pk}"
    assert everything.url == reverse("mass-mail-new") + "?module=lead&selection=filter&q=ada&city=Lyon"
    assert nothing.url == reverse("leads")


@pytest.mark.shows("REC-05", "REC-03")
def test_chosen_rows_change_owner_after_the_number_was_said_and_only_those_one_may_change(client, boss, seller):
    theirs = [add(boss, "Ada"), add(boss, "Ada Twin")]
    mine = add(seller, "Ada Mine")
    client.force_login(seller)
    chosen = {"all": "1", "q": "ada"}

    asked = client.post(reverse("bulk-owner", args=["lead"]), chosen)
    client.post(
        reverse("bulk-owner", args=["lead"]), {"selection": "filter", "q": "ada", "to-owner": boss.pk, "sure": 1}
    )

    assert "Change 1 lead" in text(asked)
    assert "2 others are left alone" in text(asked)
    mine.refresh_from_db()
    assert mine.owner == boss
    assert {Person.objects.get(pk=person.pk).owner for person in theirs} == {boss}


@pytest.mark.shows("REC-05")
def test_chosen_rows_are_deleted_only_after_a_second_question(site, boss):
    ada, bea = add(boss, "Ada", "ada@example.com"), add(boss, "Bea")
    copy = mail_to(ada, boss)

    asked = site.post(reverse("bulk-delete", args=["lead"]), {"ids": [ada.pk]})
    assert Person.objects.count() == 2
    site.post(reverse("bulk-delete", args=["lead"]), {"ids": str(ada.pk), "sure": "1"})

    assert "Delete 1 lead" in text(asked)
    assert list(Person.objects.all()) == [bea]
    copy.refresh_from_db()
    assert copy.person is None


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize("verb", ["owner", "delete"])
def test_a_form_without_a_ticked_row_touches_nobody(site, boss, verb):
    add(boss, "Ada")

    site.post(reverse(f"bulk-{verb}", args=["lead"]), {"sure": "1", "to-owner": boss.pk, "q": ""})

    assert Person.objects.count() == 1


@pytest.mark.shows("X8")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("lead", "get"),
        ("lead-edit", "get"),
        ("lead-edit", "post"),
        ("lead-delete", "post"),
        ("lead-consent", "post"),
        ("lead-heal", "post"),
        ("lead-opt-out", "post"),
        ("lead-opt-in", "post"),
    ],
)
def test_somebody_whom_the_colleague_may_not_see_is_not_there(client, boss, seller, name, method):
    restrict(seller)
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    client.force_login(seller)
    address = [person.addresses.get().pk] if name in ("lead-heal", "lead-opt-out", "lead-opt-in") else []

    answer = getattr(client, method)(reverse(name, args=[person.pk, *address]), {"words": "x", "scope": "marketing"})

    assert answer.status_code == 404
    assert Person.objects.filter(pk=person.pk, name="Lucie Pasquier").exists()
    assert not Suppression.objects.exists()


@pytest.mark.shows("X8", "REC-03")
def test_a_reader_sees_and_changes_nothing(client, boss):
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")
    client.force_login(reader)

    page = client.get(reverse("lead", args=[person.pk])).content.decode()

    assert "Lucie Pasquier" in page
    assert not re.search(r'action="/leads/|/edit"', page)
    for name in ("lead-edit", "lead-delete", "lead-consent"):
        assert client.post(reverse(name, args=[person.pk]), {"first_name": "X"}).status_code == 403
    assert client.get(reverse("lead-new")).status_code == 403


@pytest.mark.shows("X8")
def test_an_address_of_another_person_cannot_be_reached_through_ones_own(site, boss):
    mine, other = add(boss, "Ada", "ada@example.com"), add(boss, "Bea", "bea@example.com")

    answer = site.post(
        reverse("lead-opt-out", args=[mine.pk, other.addresses.get().pk]), {"scope": "marketing", "words": "x"}
    )

    assert answer.status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.shows("REC-06")
def test_a_lead_that_became_a_contact_is_found_at_its_old_address(site, boss):
    person = add(boss, "Lucie Pasquier", kind="contact")

    assert site.get(reverse("lead", args=[person.pk])).url == reverse("contact", args=[person.pk])


@pytest.mark.shows("REC-05")
def test_the_preview_shows_the_record_without_the_page_around_it(site, boss):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example")

    preview = site.get(reverse("lead", args=[person.pk]), {"drawer": "1"}).content.decode()

    assert preview.lstrip().startswith('<dialog class="drawer"')
    assert "Lucie Pasquier" in preview


@pytest.mark.shows("X2")
def test_what_strangers_wrote_is_only_text(site, boss):
    evil = '"><script>alert(1)</script>'
    person = add(boss, f"Ada {evil}", company=evil, city=evil, job_title=evil, note=evil)

    for address in (reverse("leads"), reverse("leads") + "?q=" + "%3Cscript%3E", reverse("lead", args=[person.pk])):
        assert "<script>alert" not in site.get(address).content.decode()


@pytest.mark.shows("SEQ-01")
@pytest.mark.parametrize("kind", ["lead", "contact"])
def test_the_menu_of_a_person_leads_to_her_enrolment(site, boss, kind):
    person = add(boss, "Lucie Pasquier", "lucie@guerin.example", kind=kind)

    page = site.get(reverse(kind, args=[person.pk])).content.decode()
    enrol = re.search(r'href="([^"]*enrol[^"]*)"', page)[1]

    assert site.get(enrol).context["number"] == 1
