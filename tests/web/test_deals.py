"""The pages of deals: the board, moves, the list, one deal, its forms."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from relance.campaigns.models import MassMail
from relance.deals import actions, pipelines
from relance.deals.models import Deal
from relance.lib import clock
from relance.mail.templates import TemplateDraft, add_template
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.records.models import CustomField
from relance.team.actions import add_user
from relance.team.models import Grant, Level
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-04")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fixed_now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def camille(client):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille Aubry", role="salesperson")
    client.force_login(user)
    return user


@pytest.fixture
def nadia(camille):
    account = people.add_account(AccountDraft(values={"name": "Laiterie du Val"}), by=camille, now=NOW)
    draft = PersonDraft(
        values={"first_name": "Nadia", "last_name": "Petit"}, emails=("nadia@val.example",), account=account
    )
    return people.add_person("contact", draft, by=camille, now=NOW)


@pytest.fixture
def dairy(camille, nadia):
    told = {
        "name": "Dairy, 160 kWp", "amount": Decimal(184000), "account": nadia.account_id, "contact": nadia.pk,
        "close_date": date(2026, 11, 21),
    }  # fmt: skip
    return actions.add(told, by=camille, now=NOW)


def stages():
    return pipelines.stages(pipelines.pipelines()[0])


def text(answer):
    return " ".join(answer.content.decode().split())


def test_an_empty_board_teaches_one_thing(client, camille):
    answer = client.get("/deals/board")

    assert "No deals yet" in text(answer)
    assert "/deals/new" in text(answer)


def test_a_card_tells_the_sum_the_day_and_the_last_sign(client, dairy):
    shown = text(client.get("/deals/board"))

    assert "Dairy, 160 kWp" in shown
    assert "Laiterie du Val" in shown
    assert "€184,000" in shown
    assert "tomorrow" in shown
    assert "new, just now" in shown
    assert 'weighted <span class="num nowrap">€18,400</span>' in shown


@pytest.mark.slow
def test_a_column_loads_page_by_page(client, camille):
    for number in range(30):
        actions.add({"name": f"Deal {number:02}"}, by=camille, now=NOW)

    board = client.get("/deals/board")
    link = text(board).split('hx-get="')
    more = next(part for part in link if part.startswith("/deals/board/")).split('"')[0].replace("&amp;", "&")
    rest = client.get(more)

    assert text(board).count("<article") == 25
    assert "Show 5 more" in text(board)
    assert text(rest).count("<article") == 5
    assert "Deal 00" in text(rest)


def test_the_board_of_a_colleague_shows_that_colleagues_deals(client, camille, dairy):
    bo = add_user(email="bo@helionne.example", name="Bo", role="salesperson")
    actions.add({"name": "Cold store"}, by=bo, now=NOW)

    assert "Cold store" not in text(client.get("/deals/board?owner=me"))
    assert "Cold store" in text(client.get(f"/deals/board?owner={bo.pk}"))
    assert "Dairy" not in text(client.get(f"/deals/board?owner={bo.pk}"))


def test_a_move_without_script_leads_back_to_the_board_and_can_be_undone(client, dairy):
    target = stages()[2]

    answer = client.post(f"/deals/{dairy.pk}/moves", {"stage": target.pk, "seen": dairy.stage_id}, follow=True)

    dairy.refresh_from_db()
    assert dairy.stage == target
    assert "Dairy, 160 kWp moved to Proposal, 1 of 1." in text(answer)
    undo = f"/deals/{dairy.pk}/moves?stage={stages()[0].pk}"
    assert undo in text(answer)
    client.post(undo)
    dairy.refresh_from_db()
    assert dairy.stage == stages()[0]


def test_a_move_on_the_board_answers_with_what_has_changed(client, dairy):
    target = stages()[1]
    told = {"stage": target.pk, "seen": dairy.stage_id, "board": "1", "shown": f"{target.pk}:25", "board-owner": "me"}

    answer = client.post(f"/deals/{dairy.pk}/moves", told, headers={"HX-Request": "true"})

    shown = text(answer)
    assert answer.status_code == 200
    assert shown.count("<section") == 2
    assert f'id="stage-{target.pk}"' in shown
    assert 'id="board-totals" hx-swap-oob' in shown
    assert "moved to Qualification" in shown


def test_who_moves_a_card_that_was_moved_meanwhile_is_told(client, camille, dairy):
    actions.move(dairy, actions.Move(target=stages()[3]), by=camille, now=NOW)

    answer = client.post(
        f"/deals/{dairy.pk}/moves", {"stage": stages()[1].pk, "seen": stages()[0].pk, "board": "1"},
        headers={"HX-Request": "true", "Referer": "http://testserver/deals/board"},
    )  # fmt: skip

    assert answer.headers["HX-Redirect"] == "http://testserver/deals/board"
    assert "was moved to Negotiation meanwhile" in text(client.get("/deals/board"))


@pytest.mark.slow
def test_a_deal_is_lost_with_a_reason_and_opened_again(client, dairy):
    lost = stages()[-1]

    client.post(f"/deals/{dairy.pk}/moves", {"stage": lost.pk, "because": "Too dear"})
    page = text(client.get(f"/deals/{dairy.pk}"))

    assert "Lost because: Too dear" in page
    assert "Open again" in page
    assert f'value="{stages()[0].pk}"' in page


@pytest.mark.parametrize("shape", ["", "?menu=1", "?dialog=1", "?dialog=1&board=1", "?stage=999999", "?stage=x"])
def test_where_a_deal_may_go_is_shown_in_every_shape(client, dairy, shape):
    answer = client.get(f"/deals/{dairy.pk}/move{shape}")

    assert answer.status_code == 200
    assert f"/deals/{dairy.pk}/moves" in text(answer)


def test_sums_of_several_currencies_stand_apart(client, camille):
    for currency in ("EUR", "GBP"):
        actions.add({"name": currency, "amount": Decimal(1500), "currency": currency}, by=camille, now=NOW)
        actions.add(
            {"name": currency, "amount": Decimal(900), "currency": currency, "stage": stages()[-1].pk},
            by=camille,
            now=NOW,
        )

    page = re.sub(r"<[^>]+>", "", text(client.get("/deals/board")))

    assert "2 deals · €1,500 · £1,500 · weighted €150 · £150" in page
    assert "Lost: 2, €900, £900" in page


def test_the_history_does_not_say_twice_when_a_deal_came_to_its_stage(client, dairy):
    client.post(f"/deals/{dairy.pk}/moves", {"stage": stages()[2].pk})

    page = text(client.get(f"/deals/{dairy.pk}"))

    assert "<s>Discovery</s>" in page
    assert "In this stage since" not in page


def test_a_deals_page_tells_its_way_its_people_and_its_sums(client, dairy, nadia):
    client.post(f"/deals/{dairy.pk}/moves", {"stage": stages()[2].pk})

    page = text(client.get(f"/deals/{dairy.pk}"))

    assert "weighted €92,000" in page
    assert "Created in Discovery" in page
    assert "To Proposal" in page
    assert f"/contacts/{nadia.pk}" in page
    assert 'aria-current="step"' in page


def test_a_deal_is_added_from_the_page_of_a_contact(client, nadia):
    form = client.get(f"/deals/new?contact={nadia.pk}")
    told = {"name": "Roof", "amount": "82 000,50", "currency": "EUR", "stage": stages()[0].pk, "owner": "",
            "account": "laiterie du val", "contact": "nadia@val.example", "close_date": "2026-12-18"}  # fmt: skip

    answer = client.post("/deals/new", {**told, "owner": str(Deal(owner=nadia.owner).owner_id)})

    deal = Deal.objects.get()
    assert 'value="nadia@val.example"' in text(form)
    assert 'value="Laiterie du Val"' in text(form)
    assert answer.headers["Location"] == f"/deals/{deal.pk}"
    assert (deal.amount, deal.account, deal.contact) == (Decimal("82000.50"), nadia.account, nadia)


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_correct(client, camille):
    told = {"name": "Roof", "amount": "plenty", "currency": "EUR", "stage": stages()[0].pk, "owner": camille.pk,
            "account": "Nobody & sons"}  # fmt: skip

    answer = client.post("/deals/new", told)

    assert answer.status_code == 422
    assert "“plenty” is not an amount" in text(answer)
    assert "there is no “Nobody &amp; sons”" in text(answer)
    assert 'value="Roof"' in text(answer)
    assert not Deal.objects.exists()


def test_a_deal_is_edited_and_what_stands_may_stay(client, dairy, camille):
    told = {"name": "Dairy, 200 kWp", "amount": "", "currency": "EUR", "stage": dairy.stage_id, "owner": camille.pk,
            "account": "Laiterie du Val", "contact": "nadia@val.example", "note": "Roof was measured"}  # fmt: skip

    client.post(f"/deals/{dairy.pk}/edit", told)

    dairy.refresh_from_db()
    assert (dairy.name, dairy.amount, dairy.note, dairy.close_date) == ("Dairy, 200 kWp", 0, "Roof was measured", None)


def test_people_are_added_made_primary_and_taken_out(client, dairy, nadia, camille):
    rohan = people.add_person(
        "contact", PersonDraft(values={"first_name": "Rohan"}, emails=("r@val.example",)), by=camille, now=NOW
    )

    client.post(f"/deals/{dairy.pk}/contacts", {"add": "r@val.example"})
    assert set(dairy.contacts.all()) == {nadia, rohan}
    client.post(f"/deals/{dairy.pk}/contacts", {"primary": rohan.pk})
    dairy.refresh_from_db()
    assert dairy.contact == rohan
    client.post(f"/deals/{dairy.pk}/contacts", {"remove": rohan.pk})
    dairy.refresh_from_db()
    assert (dairy.contact, list(dairy.contacts.all())) == (nadia, [nadia])


@pytest.mark.slow
def test_the_list_sorts_by_sum_and_by_day_page_after_page(client, camille):
    for number in range(60):
        told = {"name": f"Deal {number:02}", "amount": Decimal(number), "close_date": date(2027, 1, 1 + number % 28)}
        actions.add(told, by=camille, now=NOW)

    first = client.get("/deals?sort=-amount")
    following = text(first).split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/deals{following}")

    assert text(first).index("Deal 59") < text(first).index("Deal 10")
    assert "Deal 09" in text(second)
    assert "Deal 10" not in text(second)
    assert client.get("/deals?sort=close").status_code == 200


@pytest.mark.parametrize(
    ("query", "seen"),
    [("?state=open", True), ("?state=won", False), ("?owner=me", True), ("?q=dairy", True), ("?q=laiterie", True),
     ("?stage=1x", True), ("?state=maybe", True), ("?criteria=1", True)],
)  # fmt: skip
def test_the_list_answers_to_its_criteria(client, dairy, query, seen):
    answer = client.get(f"/deals{query}")

    assert answer.status_code == 200
    assert ("Dairy, 160 kWp" in text(answer)) is seen


@pytest.mark.slow
@pytest.mark.shows("REC-03")
def test_what_one_may_not_see_is_not_there(client, dairy):
    Grant.objects.filter(role__key="salesperson", module="deal").update(read=Level.OWN, edit=Level.OWN)
    other = add_user(email="bo@helionne.example", name="Bo", role="salesperson")
    client.force_login(other)

    for path in ("", "/edit", "/move", "?drawer=1"):
        assert client.get(f"/deals/{dairy.pk}{path}").status_code == 404
    for path in ("moves", "delete", "contacts"):
        assert client.post(f"/deals/{dairy.pk}/{path}", {"stage": "1"}).status_code == 404
    assert "Dairy" not in text(client.get("/deals/board"))
    assert "Dairy" not in text(client.get("/deals"))
    assert "Dairy" not in text(client.get("/search?q=dairy"))


@pytest.mark.slow
@pytest.mark.shows("REC-03")
def test_who_only_reads_is_offered_no_act(client, dairy):
    client.force_login(add_user(email="ines@helionne.example", name="Inès", role="read_only"))

    board, page = text(client.get("/deals/board")), text(client.get(f"/deals/{dairy.pk}"))

    assert "data-movable" not in board
    assert "New deal" not in board
    assert "/moves" not in page
    assert client.post(f"/deals/{dairy.pk}/moves", {"stage": stages()[1].pk}).status_code == 403
    assert client.get(f"/deals/{dairy.pk}/edit").status_code == 403


@pytest.mark.slow
def test_a_search_finds_a_deal_by_its_name_and_by_its_account(client, dairy):
    for sought in ("dairy", "laiterie"):
        assert f"/deals/{dairy.pk}" in text(client.get(f"/search?q={sought}"))


def test_a_deal_is_deleted(client, dairy):
    answer = client.post(f"/deals/{dairy.pk}/delete", follow=True)

    assert "Dairy, 160 kWp was deleted." in text(answer)
    assert not Deal.objects.exists()


@pytest.fixture
def lead(camille):
    draft = PersonDraft(
        values={"first_name": "Rohan", "last_name": "Patel", "company": "Harbour & Finch"},
        emails=("r@harbour.example",),
    )
    return people.add_person("lead", draft, by=camille, now=NOW)


@pytest.mark.slow
@pytest.mark.shows("REC-06")
def test_a_lead_is_converted_with_a_deal_from_its_page(client, lead):
    assert f"/leads/{lead.pk}/convert" in text(client.get(f"/leads/{lead.pk}"))
    form = text(client.get(f"/leads/{lead.pk}/convert"))
    assert "Name of the deal</label>" in form
    assert 'value="Harbour &amp; Finch"' in form

    told = {"company": "Harbour & Finch", "with_deal": "on", "name": "Roof, 60 kWp", "amount": "82000",
            "currency": "EUR", "stage": stages()[0].pk}  # fmt: skip
    answer = client.post(f"/leads/{lead.pk}/convert", told)

    deal = Deal.objects.get()
    assert answer.headers["Location"] == f"/deals/{deal.pk}"
    assert (deal.name, deal.contact_id, deal.account.name) == ("Roof, 60 kWp", lead.pk, "Harbour & Finch")
    assert client.get(f"/leads/{lead.pk}").headers["Location"] == f"/contacts/{lead.pk}"
    assert "Roof, 60 kWp" in text(client.get(f"/contacts/{lead.pk}"))
    assert "Roof, 60 kWp" in text(client.get(f"/companies/{deal.account_id}"))


@pytest.mark.shows("REC-06")
def test_a_lead_is_converted_without_a_deal_and_once_only(client, lead):
    told = {"company": "", "name": "", "currency": "EUR", "stage": stages()[0].pk}

    answer = client.post(f"/leads/{lead.pk}/convert", told)
    again = client.post(f"/leads/{lead.pk}/convert", told, follow=True)

    assert answer.headers["Location"] == f"/contacts/{lead.pk}"
    assert "Rohan Patel is a contact already." in text(again)
    assert not Deal.objects.exists()


@pytest.mark.shows("REC-06")
def test_a_conversion_with_a_nameless_deal_is_refused_in_the_form(client, lead):
    told = {"company": "X", "with_deal": "on", "name": " ", "currency": "EUR", "stage": stages()[0].pk}

    answer = client.post(f"/leads/{lead.pk}/convert", told)

    assert answer.status_code == 422
    assert "Give the deal a name" in text(answer)
    lead.refresh_from_db()
    assert lead.kind == "lead"


@pytest.fixture
def chief(client):
    organisation()
    user = add_user(email="ada@helionne.example", name="Ada", role="administrator")
    client.force_login(user)
    return user


def test_an_administrator_arranges_pipelines(client, chief):
    first = stages()
    pipeline = first[0].pipeline_id

    told = {"new-name": "Renewals", "new-currency": "gbp", "new-quiet_days": "30"}
    client.post("/settings/pipelines", told)
    client.post(f"/settings/pipelines/{pipeline}/stages", {f"stage-{pipeline}-name": "Survey",
                                                           f"stage-{pipeline}-probability": "40"})  # fmt: skip
    client.post(f"/settings/stages/{first[0].pk}", {"name": "First call", "probability": "5"})
    client.post(f"/settings/stages/{first[1].pk}", {"shift": "up"})
    page = text(client.get("/settings/pipelines"))

    assert [stage.name for stage in stages()][:6] == [
        "Qualification", "First call", "Proposal", "Negotiation", "Contract sent", "Survey",
    ]  # fmt: skip
    assert [one.name for one in pipelines.pipelines()] == ["Sales", "Renewals"]
    assert 'value="First call"' in page


def test_a_stage_is_retired_with_where_its_deals_go(client, chief):
    deal = actions.add({"name": "Roof"}, by=chief, now=NOW)
    first, second = stages()[:2]

    refused = client.post(f"/settings/stages/{first.pk}/retire", {"into": ""}, follow=True)
    done = client.post(f"/settings/stages/{first.pk}/retire", {"into": second.pk}, follow=True)

    deal.refresh_from_db()
    assert "Choose the stage that they go to." in text(refused)
    assert "Discovery is no longer used. 1 deal was moved." in text(done)
    assert deal.stage == second


@pytest.mark.parametrize(
    "wrong", [{"new-name": "", "new-currency": "EUR"}, {"new-name": "X", "new-currency": "ZZZ", "new-quiet_days": "1"}]
)
def test_a_pipeline_that_cannot_be_is_refused_in_the_form(client, chief, wrong):
    assert client.post("/settings/pipelines", wrong).status_code == 422
    assert [one.name for one in pipelines.pipelines()] == ["Sales"]


@pytest.mark.shows("REC-03")
def test_only_administrators_reach_the_settings_of_pipelines(client, camille):
    stage = stages()[0]

    assert client.get("/settings/pipelines").status_code == 403
    for path in (f"stages/{stage.pk}", f"stages/{stage.pk}/retire", f"pipelines/{stage.pipeline_id}/retire"):
        assert client.post(f"/settings/{path}", {"name": "X"}).status_code == 403


@pytest.mark.shows("MASS-09", "MASS-01")
def test_chosen_deals_are_written_to_through_their_primary_contacts(client, camille, dairy, nadia):
    lone = actions.add({"name": "Lone"}, by=camille, now=NOW)
    chosen = client.post("/deals/chosen/mass-mail", {"ids": [dairy.pk, lone.pk]})
    form = text(client.get(chosen.headers["Location"]))
    assert "Deals, to their primary contacts" in form
    assert "Nadia Petit" in form

    html = "<p>{Deal.name}</p>"
    told = {"name": "Offer", "subject": "{Deal.amount}", "html": html, "language": "en", "shared": True}
    template = add_template(TemplateDraft(values=told), by=camille, now=NOW)
    made = client.post(
        "/mass-mails/new",
        {"name": "To deals", "module": "deal", "selection": "rows", "ids": f"{dairy.pk},{lone.pk}"},
    )
    mail = MassMail.objects.get()
    MassMail.objects.update(template=template)
    check = text(client.get(f"/mass-mails/{mail.pk}/check"))
    shown = text(client.get(f"/mass-mails/{mail.pk}/preview?person={nadia.pk}&about={dairy.pk}"))

    assert made.headers["Location"] == f"/mass-mails/{mail.pk}/message"
    assert (mail.module, mail.criteria) == ("deal", {"ids": [dairy.pk, lone.pk]})
    assert f"&amp;about={dairy.pk}" in check
    assert "€184,000.00" in shown
    assert "Lone" in text(client.get(f"/mass-mails/left-out?module=deal&ids={dairy.pk},{lone.pk}"))


@pytest.mark.slow
@pytest.mark.shows("REC-01")
def test_the_fields_that_an_administrator_added_are_filled_in_and_shown(client, dairy, camille):
    CustomField.objects.create(module="deal", key="surface", label="Surface", kind="number", created_at=NOW)
    told = {"name": dairy.name, "amount": "184000", "currency": "EUR", "stage": dairy.stage_id, "owner": camille.pk,
            "account": "Laiterie du Val", "contact": "nadia@val.example"}  # fmt: skip

    refused = client.post(f"/deals/{dairy.pk}/edit", {**told, "surface": "large"})
    client.post(f"/deals/{dairy.pk}/edit", {**told, "surface": "900"})

    dairy.refresh_from_db()
    assert (refused.status_code, dairy.custom) == (422, {"surface": 900})
    assert "Surface" in text(client.get(f"/deals/{dairy.pk}"))
    assert 'value="900"' in text(client.get(f"/deals/{dairy.pk}/edit"))


def test_a_deal_that_has_gone_quiet_is_opened_from_today(client, dairy, nadia):
    then = NOW - timedelta(days=20)
    Deal.objects.update(created_at=then, modified_at=then, moved_at=then)

    page = text(client.get("/"))

    assert f'href="/deals/{dairy.pk}">Dairy, 160 kWp</a>' in page
    assert '<span class="soft">Nadia Petit.</span> <span class="why">No sign for 20 days.' in page
