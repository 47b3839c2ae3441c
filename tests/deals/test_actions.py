"""The verbs on deals: what each writes, tells and refuses."""

from datetime import date
from decimal import Decimal

import pytest

from relance import events
from relance.deals import actions, board, pipelines, retiring
from relance.deals.actions import Move, MovedMeanwhile, NotClosed
from relance.deals.filling import BadAmount, Nameless, StageGone
from relance.deals.models import Deal
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.records import changes
from relance.records.values import BadValue
from relance.team.actions import add_user
from relance.team.models import Grant, Level, Organisation, Team, User
from relance.team.policy import Forbidden
from tests.deals.made import LATER, NOW, deal, way

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-04")]


def person(by, first="Rohan", kind="contact"):
    draft = PersonDraft(values={"first_name": first}, emails=(f"{first.lower()}@val.example",))
    return people.add_person(kind, draft, by=by, now=NOW)


@pytest.fixture
def news(monkeypatch):
    told = []
    monkeypatch.setattr(events, "emit_many", told.extend)
    return told


def test_a_deal_begins_in_the_first_stage_with_its_account_and_its_people(seller, account, contact, stages, news):
    other = person(seller)

    made = deal(
        seller, account=account.pk, contacts=(str(other.pk), str(contact.pk)), contact=contact.pk,
        amount=Decimal("184000"), close_date=date(2026, 12, 18),
    )  # fmt: skip

    made.refresh_from_db()
    assert (made.stage, made.state, made.owner, made.currency) == (stages[0], "open", seller, "EUR")
    assert (made.account, made.contact, set(made.contacts.all())) == (account, contact, {contact, other})
    assert (made.created_at, made.modified_at, made.moved_at) == (NOW, NOW, NOW)
    assert way(made) == [(None, stages[0].name, "open")]
    assert [type(one).__name__ for one in news if not isinstance(one, events.RecordCreated | events.RecordNoted)] == [
        "DealMoved",
        "DealChanged",
    ]


def test_the_first_pipeline_speaks_the_language_of_the_house(db):
    Organisation.objects.update_or_create(pk=1, defaults={"language": "fr", "country": "CH"})

    made = pipelines.pipelines()[0]

    assert [stage.name for stage in pipelines.stages(made)][:1] == ["Prospection"]
    assert [stage.kind for stage in pipelines.stages(made)][-2:] == ["won", "lost"]
    assert made.currency == "CHF"
    assert pipelines.pipelines() == [made]


@pytest.mark.parametrize("name", ["", "   ", None])
def test_a_deal_without_a_name_is_refused(seller, name):
    with pytest.raises(Nameless):
        deal(seller, name)

    assert not Deal.objects.exists()


@pytest.mark.parametrize("amount", [Decimal(-1), Decimal(10) ** 12])
def test_an_amount_that_is_none_is_refused(seller, amount):
    with pytest.raises(BadAmount):
        deal(seller, amount=amount)


@pytest.mark.shows("DEAL-01")
def test_a_change_of_its_own_fields_modifies_a_deal_and_an_edit_that_changes_nothing_does_not(seller):
    made = deal(seller, amount=Decimal(100))

    actions.edit(made, {"amount": Decimal("100.00"), "name": made.name}, by=seller, now=LATER)
    assert Deal.objects.get().modified_at == NOW

    actions.edit(made, {"amount": Decimal(120)}, by=seller, now=LATER)
    assert Deal.objects.get().modified_at == LATER


@pytest.mark.shows("REC-10")
def test_a_change_is_noted_with_the_names_of_what_it_links(seller, account):
    made = deal(seller)

    actions.edit(made, {"account": account.pk, "amount": Decimal("82000")}, by=seller, now=LATER)

    last = changes.of("deal", made.pk)[0]
    assert (last.act, last.by, last.at) == ("changed", seller, LATER)
    assert last.fields["account"] == [None, {"id": account.pk, "name": "Laiterie du Val"}]
    assert last.fields["amount"] == ["0", "82000"]


def test_a_move_is_kept_with_its_date_its_author_and_what_the_deal_was_worth(seller, stages):
    made = deal(seller, amount=Decimal(500))

    moved = actions.move(made, Move(target=stages[2]), by=seller, now=LATER)

    line = moved.moves.last()
    assert way(moved) == [(None, "Discovery", "open"), ("Discovery", "Proposal", "open")]
    assert (line.at, line.by, line.amount, line.currency) == (LATER, seller, Decimal(500), "EUR")
    assert (moved.moved_at, moved.modified_at) == (LATER, LATER)


def test_a_deal_is_won_then_opened_again_where_it_was(seller, stages):
    made = deal(seller)
    actions.move(made, Move(target=stages[3]), by=seller, now=NOW)

    won = actions.win(made, by=seller, now=LATER)
    assert (won.state, won.won_at, won.stage.kind) == ("won", LATER, "won")

    back = actions.reopen(won, by=seller, now=LATER)
    assert (back.state, back.won_at, back.stage) == ("open", None, stages[3])


def test_a_lost_deal_keeps_why(seller):
    lost = actions.lose(deal(seller), because="  Too dear ", by=seller, now=LATER)

    lost.refresh_from_db()
    assert (lost.state, lost.lost_at, lost.lost_because) == ("lost", LATER, "Too dear")


def test_an_open_deal_is_not_opened_again(seller):
    with pytest.raises(NotClosed):
        actions.reopen(deal(seller), by=seller, now=LATER)


def test_a_card_that_somebody_else_has_moved_stays_where_it_is(seller, stages):
    made = deal(seller)
    actions.move(made, Move(target=stages[1]), by=seller, now=NOW)

    with pytest.raises(MovedMeanwhile, match="Qualification"):
        actions.move(made, Move(target=stages[4], seen=stages[0].pk), by=seller, now=LATER)

    assert Deal.objects.get().stage == stages[1]


def test_a_card_is_put_between_two_others_without_being_modified(seller, stages):
    first, second, third = (deal(seller, name) for name in "ABC")
    order = [third, second, first]
    assert board.page(stages[0], Deal.objects.all())[0] == order

    actions.move(third, Move(target=stages[0], above=second.pk), by=seller, now=LATER)

    assert board.page(stages[0], Deal.objects.all())[0] == [second, third, first]
    assert {row.modified_at for row in Deal.objects.all()} == {NOW}


def test_a_column_without_room_is_laid_out_anew(seller, stages):
    rows = [deal(seller, name) for name in "ABCD"]
    Deal.objects.update(position=5)

    actions.move(rows[3], Move(target=stages[0], above=rows[0].pk), by=seller, now=LATER)

    assert [row.name for row in board.page(stages[0], Deal.objects.all())[0]] == ["A", "D", "B", "C"]


def test_the_primary_contact_is_always_one_of_the_people(seller, contact):
    other = person(seller)
    made = deal(seller, contacts=(str(contact.pk),))
    assert made.contact == contact

    made = actions.edit(made, {"contact": other.pk}, by=seller, now=LATER)
    assert (made.contact, set(made.contacts.all())) == (other, {contact, other})

    made = actions.edit(made, {"contacts": (str(contact.pk),)}, by=seller, now=LATER)
    assert (made.contact, set(made.contacts.all())) == (contact, {contact})

    made = actions.edit(made, {"contacts": None}, by=seller, now=LATER)
    assert (made.contact, made.contacts.count()) == (None, 0)


def keep_to_their_own(role_key, *modules):
    Grant.objects.filter(role__key=role_key, module__in=modules).update(
        read=Level.OWN, edit=Level.OWN, delete_level=Level.OWN
    )


@pytest.mark.shows("REC-03")
def test_a_link_to_what_one_may_not_see_is_refused(seller, account, contact):
    other = add_user(email="bo@helionne.example", name="Bo", role="salesperson")
    keep_to_their_own("salesperson", "account", "contact", "deal")
    other = User.objects.get(pk=other.pk)

    for values in ({"account": account.pk}, {"contact": contact.pk}, {"contacts": (str(contact.pk),)}):
        with pytest.raises(BadValue):
            deal(other, **values)

    assert not Deal.objects.exists()


@pytest.mark.shows("REC-03")
def test_rights_reach_as_far_as_the_role_says(seller, stages):
    team = Team.objects.create(name="North")
    User.objects.filter(pk=seller.pk).update(team=team)
    mate = add_user(email="mate@helionne.example", name="Mate", role="salesperson", team=team)
    stranger = add_user(email="far@helionne.example", name="Far", role="salesperson")
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")
    made = deal(User.objects.get(pk=seller.pk))

    actions.edit(made, {"note": "mine too"}, by=mate, now=LATER)
    for colleague in (stranger, reader):
        with pytest.raises(Forbidden):
            actions.move(made, Move(target=stages[1]), by=colleague, now=LATER)
    with pytest.raises(Forbidden):
        actions.delete(made, by=mate, now=LATER)
    with pytest.raises(Forbidden):
        deal(reader)

    assert Deal.objects.get().stage == stages[0]


def test_a_deleted_deal_leaves_its_people_and_its_last_words(seller, contact):
    made = deal(seller, contact=contact.pk)
    pk = made.pk

    actions.delete(made, by=seller, now=LATER)

    assert not Deal.objects.exists()
    assert type(contact).objects.filter(pk=contact.pk).exists()
    assert [change.act for change in changes.of("deal", pk)] == ["deleted", "added"]


def test_a_stage_that_holds_deals_is_retired_with_where_they_go(chief, seller, stages):
    made = deal(seller)

    with pytest.raises(retiring.NowhereToGo):
        retiring.retire_stage(stages[0], into=None, by=chief, now=LATER)
    assert retiring.retire_stage(stages[0], into=stages[1], by=chief, now=LATER) == 1

    made.refresh_from_db()
    assert (made.stage, made.modified_at) == (stages[1], NOW)
    assert way(made)[-1] == ("Discovery", "Qualification", "open")
    with pytest.raises(StageGone):
        deal(seller, stage=stages[0].pk)


def test_the_last_open_stage_and_the_last_pipeline_stay(chief, pipeline, stages):
    for stage in stages[1:5]:
        retiring.retire_stage(stage, into=None, by=chief, now=LATER)

    for stage in (stages[0], stages[5]):
        with pytest.raises(retiring.LastOne):
            retiring.retire_stage(stage, into=None, by=chief, now=LATER)
    with pytest.raises(retiring.LastOne):
        retiring.retire_pipeline(pipeline.pk, into=None, by=chief, now=LATER)


def test_a_pipeline_is_retired_into_another(chief, seller, pipeline):
    made = deal(seller)
    other = pipelines.add_pipeline(pipelines.PipelineDraft(name="Roofs", currency="gbp"), by=chief)
    into = pipelines.open_stages(other)[1]

    retiring.retire_pipeline(pipeline.pk, into=into, by=chief, now=LATER)

    made.refresh_from_db()
    assert (made.pipeline, made.stage, made.currency) == (other, into, "EUR")
    assert pipelines.pipelines() == [other]


def test_only_an_administrator_changes_pipelines(seller, pipeline, stages):
    draft = pipelines.PipelineDraft(name="Mine", currency="EUR")

    for refused in (
        lambda: pipelines.add_pipeline(draft, by=seller),
        lambda: pipelines.edit_pipeline(pipeline, draft, by=seller),
        lambda: pipelines.add_stage(pipeline, name="X", probability=5, by=seller),
        lambda: pipelines.edit_stage(stages[0], name="X", probability=5, by=seller),
        lambda: pipelines.shift_stage(stages[0], by_places=1, by=seller),
        lambda: retiring.retire_stage(stages[0], into=None, by=seller, now=NOW),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_stages_are_put_in_another_order(chief, pipeline, stages):
    pipelines.shift_stage(stages[4], by_places=-3, by=chief)

    names = [stage.name for stage in pipelines.open_stages(pipeline)]
    assert names == ["Discovery", "Contract sent", "Qualification", "Proposal", "Negotiation"]


def test_won_stays_at_a_hundred_percent(chief, pipeline):
    won = pipelines.end(pipeline, "won")

    pipelines.edit_stage(won, name="Signed", probability=40, by=chief)

    won.refresh_from_db()
    assert (won.name, won.probability) == ("Signed", 100)


def test_a_currency_that_nobody_knows_is_refused(chief, seller):
    with pytest.raises(pipelines.NoSuchCurrency):
        pipelines.add_pipeline(pipelines.PipelineDraft(name="X", currency="ZZZ"), by=chief)
    with pytest.raises(pipelines.NoSuchCurrency):
        deal(seller, currency="ZZZ")


def test_the_board_counts_what_it_does_not_show(seller, pipeline, stages):
    for number in range(4):
        deal(seller, f"Deal {number}", amount=Decimal(1000))
    actions.win(deal(seller, "Won", amount=Decimal(9000)), by=seller, now=LATER)

    seen = board.read(pipeline, Deal.objects.all(), since=NOW, sizes={stages[0].pk: 3})

    first = seen.columns[0]
    assert (first.count, len(first.cards), first.left) == (4, 3, 1)
    assert (first.worth[0].amount, first.worth[0].weighted) == (Decimal(4000), Decimal(400))
    assert (seen.count, seen.won[0].amount, seen.lost) == (4, Decimal(9000), ())
    rest, after = board.page(stages[0], Deal.objects.all(), after=first.after, size=3)
    assert ([row.name for row in rest], after) == (["Deal 0"], "")


@pytest.mark.parametrize("cursor", ["x", "1", "1.", "1.x", "9" * 30 + ".1", "-"])
def test_a_cursor_of_somebody_else_breaks_nothing(seller, stages, cursor):
    deal(seller)

    cards, after = board.page(stages[0], Deal.objects.all(), after=cursor)

    assert len(cards) <= 1
    assert after == ""


def test_the_board_is_read_with_a_fixed_number_of_queries(seller, pipeline, django_assert_num_queries):
    for number in range(6):
        deal(seller, f"Deal {number}")

    with django_assert_num_queries(7):
        board.read(pipeline, Deal.objects.all(), since=NOW)
