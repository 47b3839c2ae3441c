"""The mails of a deal in two views; link, change and unlink by hand from the lists (DEAL-03 to DEAL-05, DEAL-08)."""

import pytest
from django.urls import reverse

from relance import events
from relance.deals import actions, mails
from relance.deals.models import DealMail
from relance.mail.models import Mailbox, Recipient
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.records.history import Subject, page
from relance.team.actions import add_user
from relance.team.models import Grant, User
from relance.team.policy import Forbidden
from relance.web import deal_mails
from tests.api.conftest import Caller
from tests.deals.test_mails import WHEN, arrive, read_box, sent
from tests.web.test_deals import NOW, camille, dairy, fixed_now, nadia, text  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(camille):  # noqa: F811
    return read_box("office", kind="shared")


@pytest.fixture
def letter(box, dairy):  # noqa: F811
    return arrive(box, "Quand venez-vous ?")


def key(got):
    return f"same:{got.same}"


@pytest.mark.shows("DEAL-03", "DEAL-05", "DEAL-09", "ZDL-03", "ZDL-12")
def test_a_deal_shows_its_own_mails_first_and_says_why(client, dairy, letter):  # noqa: F811
    shown = text(client.get(f"/deals/{dairy.pk}"))

    assert "Quand venez-vous" in shown
    assert "Linked to Dairy, 160 kWp" in shown
    assert "Linked by itself: the only open deal of its people." in shown


@pytest.mark.shows("DEAL-03", "ZDL-04")
def test_the_other_view_shows_all_mails_of_its_contacts(client, box, camille, nadia, dairy, letter):  # noqa: F811
    other = actions.add({"name": "Barn", "contact": nadia.pk}, by=camille, now=WHEN)
    later = arrive(box, "Et le hangar ?", Message_ID="<later@val.example>")
    assert DealMail.objects.get(key=key(later)).deal == other

    own, contacts = (text(client.get(f"/deals/{dairy.pk}/mails?mails={view}")) for view in ("deal", "contact"))

    assert "Quand venez-vous" in own
    assert "Et le hangar" not in own
    assert "Quand venez-vous" in contacts
    assert "Linked to Barn" in contacts


@pytest.mark.shows("DEAL-05", "ZDL-16")
def test_a_contact_shows_the_deal_of_each_mail(client, nadia, letter):  # noqa: F811
    assert "Linked to Dairy, 160 kWp" in text(client.get(f"/contacts/{nadia.pk}/mails"))


@pytest.mark.slow
@pytest.mark.shows("ZDL-01", "DEAL-04", "ZDL-13", "ZDL-14", "ZDL-17")
def test_the_deal_of_a_mail_is_changed_and_unlinked_by_hand(client, camille, nadia, dairy, letter):  # noqa: F811
    other = actions.add({"name": "Barn", "contact": nadia.pk}, by=camille, now=NOW)
    actions.add({"name": "Of somebody else"}, by=camille, now=NOW)

    dialog = text(client.get(f"/deal-mails/{key(letter)}?dialog=1&next=/deals/{dairy.pk}"))
    assert "Barn" in dialog
    assert "Of somebody else" not in dialog

    there = client.post(
        f"/deal-mails/{key(letter)}/deal", {"deal": other.pk, "next": f"/deals/{dairy.pk}"}, follow=True
    )
    assert "The mail belongs to Barn now." in text(there)
    assert DealMail.objects.get().deal == other

    client.post(f"/deal-mails/{key(letter)}/deal", {"unlink": "1"})
    row = DealMail.objects.get()
    assert (row.deal, row.rule, row.by) == (None, "hand", camille)


@pytest.mark.slow
@pytest.mark.shows("ZDL-16", "DEAL-04")
def test_from_the_contact_a_mail_is_given_another_deal_and_unlinked(client, camille, nadia, dairy, letter):  # noqa: F811
    other = actions.add({"name": "Barn", "contact": nadia.pk}, by=camille, now=NOW)
    of_contact = f"/contacts/{nadia.pk}/mails"

    menu = client.get(of_contact).content.decode().split('class="menu" role="menu"')[1].split("</details>")[0]
    assert "Change the deal…" in menu
    assert f'href="/deal-mails/{key(letter)}?next=' in menu
    assert f'<form method="post" action="/deal-mails/{key(letter)}/deal">' in menu
    assert '<button role="menuitem" name="unlink" value="1">' in menu

    client.post(f"/deal-mails/{key(letter)}/deal", {"deal": other.pk})
    assert "Linked to Barn" in text(client.get(of_contact))
    client.post(f"/deal-mails/{key(letter)}/deal", {"unlink": "1"})
    unlinked = text(client.get(of_contact))
    assert "Linked to no deal" in unlinked
    assert "Link to a deal…" in unlinked


@pytest.mark.slow
@pytest.mark.shows("ZDL-13", "ZDL-14", "ZDL-15", "DEAL-04", "DEAL-06", "API-01")
def test_by_the_api_a_deal_is_replaced_and_the_link_stays_until_it_is_removed_or_the_deal_goes(
    camille,  # noqa: F811
    nadia,  # noqa: F811
    dairy,  # noqa: F811
    letter,
):
    call, mail = Caller(camille), f"/deal-mails/{key(letter)}"
    other = actions.add({"name": "Barn", "contact": nadia.pk}, by=camille, now=NOW)
    strange = actions.add({"name": "Strange"}, by=camille, now=NOW)
    predicted = call("GET", mail).json()
    assert (predicted["deal"], predicted["rule"]) == (dairy.pk, "only_open")
    assert {one["name"] for one in predicted["choices"]} == {"Dairy, 160 kWp", "Barn"}

    refused = call("PUT", mail, {"deal": strange.pk})
    chosen = call("PUT", mail, {"deal": other.pk}).json()
    assert "Strange is not a deal of the people of this mail" in refused.json()["detail"]
    assert (chosen["deal"], chosen["rule"]) == (other.pk, "hand")

    actions.edit(dairy, {"name": "Dairy, 200 kWp"}, by=camille, now=NOW)  # modified last
    actions.lose(other, because="price", by=camille, now=NOW)
    assert call("GET", mail).json()["deal"] == other.pk
    assert [one["key"] for one in call("GET", f"/deals/{other.pk}/mails").json()["items"]] == [key(letter)]
    assert call("GET", f"/deals/{dairy.pk}/mails").json()["items"] == []

    assert call("DELETE", mail).json()["linked"] is False
    assert call("GET", mail).json()["deal"] is None
    call("PUT", mail, {"deal": dairy.pk})
    assert call("DELETE", f"/deals/{dairy.pk}").status_code == 204
    gone = call("GET", mail).json()
    assert (gone["linked"], gone["deal"], gone["subject"]) == (False, None, "Quand venez-vous ?")


@pytest.mark.slow
def test_a_deal_that_is_not_of_the_contact_is_refused_with_its_reason(client, camille, dairy, letter):  # noqa: F811
    strange = actions.add({"name": "Strange"}, by=camille, now=NOW)

    there = client.post(
        f"/deal-mails/{key(letter)}/deal", {"deal": strange.pk, "next": f"/deals/{dairy.pk}"}, follow=True
    )

    assert "Strange is not a deal of the people of this mail" in text(there)
    assert DealMail.objects.get().deal == dairy


@pytest.mark.slow
@pytest.mark.shows("X8", "X9", "DEAL-07")
def test_mail_that_a_colleague_may_not_read_is_nowhere(client, dairy, letter):  # noqa: F811
    Mailbox.objects.update(sharing="private", user=add_user(email="bo@helionne.example", name="Bo", role="salesperson"))

    assert "Quand venez-vous" not in text(client.get(f"/deals/{dairy.pk}"))
    assert client.get(f"/deal-mails/{key(letter)}").status_code == 404
    assert client.post(f"/deal-mails/{key(letter)}/deal", {"unlink": "1"}).status_code == 404
    assert DealMail.objects.get().deal == dairy


@pytest.mark.slow
@pytest.mark.shows("DEAL-04", "DEAL-05", "ZDL-18")
def test_the_page_of_a_sent_mail_names_its_deal_and_changes_it(client, camille, box, nadia, dairy):  # noqa: F811
    other = actions.add({"name": "Barn", "contact": nadia.pk}, by=camille, now=NOW)
    message = sent(camille, box, nadia, about_kind="Deal", about_id=dairy.pk)

    shown = client.get(f"/mails/{message.pk}")
    assert "Linked to Dairy, 160 kWp" in text(shown)
    assert (
        shown.content.decode().count(f'href="/deals/{dairy.pk}"') == 3
    )  # the path, the chip, and the menu of the link

    client.post(f"/deal-mails/message:{message.pk}/deal", {"deal": other.pk})
    assert f'<a class="chip line" href="/deals/{other.pk}">' in client.get(f"/mails/{message.pk}").content.decode()


@pytest.mark.parametrize("bad", ["message:99", "message:x", "same:", "same:none", "other:1", "message:" + "9" * 40])
def test_a_key_of_no_mail_is_not_found(client, camille, bad):  # noqa: F811
    assert client.get(f"/deal-mails/{bad}").status_code == 404


@pytest.mark.shows("DEAL-07", "ZDL-02")
def test_without_a_mailbox_that_is_read_a_deal_has_no_mails(client, dairy):  # noqa: F811
    assert "deal-mails" not in client.get(f"/deals/{dairy.pk}").content.decode()


@pytest.mark.shows("DEAL-07", "ZDL-02", "API-01")
def test_without_a_mailbox_of_ones_own_the_deal_of_a_shared_mail_is_refused_on_the_page_and_by_the_api(
    client,
    camille,  # noqa: F811
    dairy,  # noqa: F811
    letter,
):
    owner = add_user(email="bo@helionne.example", name="Bo", role="salesperson")
    Mailbox.objects.update(kind="personal", user=owner, sharing="everyone")
    call, mail = Caller(camille), f"/deal-mails/{key(letter)}"
    said = "The deals of mails are for those who have a mailbox that is read."

    answers = [
        call("GET", f"/deals/{dairy.pk}/mails"), call("GET", mail),
        call("PUT", mail, {"deal": dairy.pk}), call("DELETE", mail),
    ]  # fmt: skip
    pages = [client.get(mail), client.post(f"{mail}/deal", {"unlink": "1"})]

    assert [answer.status_code for answer in answers + pages] == [403] * 6
    assert all(said in answer.json()["detail"] for answer in answers)
    assert said in text(pages[0])
    with pytest.raises(Forbidden):
        mails.unlink(mails.mail_of(letter), by=camille, now=NOW)
    assert DealMail.objects.get().deal == dairy
    read_box("camille", kind="personal", user=camille)
    assert call("GET", mail).json()["deal"] == dairy.pk


@pytest.mark.slow
@pytest.mark.shows("DEAL-08", "ZDL-19", "C-8")
def test_what_was_linked_by_hand_is_offered_back_after_reconnecting(client, camille, box, dairy, letter):  # noqa: F811
    mails.link(mails.mail_of(letter), dairy, by=camille, now=NOW)
    mails.on_disconnected([events.MailboxDisconnected(box.pk)])
    mails.on_connected([events.MailboxConnected(box.pk)])

    assert "1 mail was linked to this deal by hand" in text(client.get(f"/deals/{dairy.pk}"))
    assert "Was linked to Dairy, 160 kWp" in text(client.get("/deal-mails"))
    client.post(f"/deal-mails/{key(letter)}/deal", {"was": "take", "next": "/deal-mails"})

    row = DealMail.objects.get()
    assert (row.deal, row.rule, row.is_offered) == (dairy, "hand", False)


def test_the_people_of_a_mail_without_deals_are_told_what_to_do(client, camille, box):  # noqa: F811
    people.add_person(
        "contact", PersonDraft(values={"last_name": "Roux"}, emails=("roux@x.example",)), by=camille, now=NOW
    )
    got = arrive(box, sender="roux@x.example")

    assert "The people of this mail have no deal." in text(client.get(f"/deal-mails/{key(got)}"))


@pytest.mark.slow
@pytest.mark.shows("DEAL-04", "ZDL-18")
def test_the_open_mail_in_the_inbox_shows_its_deal_and_leads_to_another(client, dairy, letter):  # noqa: F811
    letter.refresh_from_db()

    shown = text(client.get(f"/inbox?thread={letter.thread_id}"))

    assert "Linked to Dairy, 160 kWp" in shown
    assert f"/deal-mails/same:{letter.same}?dialog=1" in shown


@pytest.mark.slow
@pytest.mark.shows("INBOX-07", "DEAL-09", "ZDL-18")
def test_beside_an_open_mail_stand_its_people_its_deal_and_what_happened_last(client, nadia, dairy, letter):  # noqa: F811
    type(nadia).objects.filter(pk=nadia.pk).update(
        phone="+81 3 1234 5678", tracking_consent="granted", time_zone="Asia/Tokyo"
    )

    page = client.get(f"/inbox?thread={letter.thread_id}")

    [card], linked, shown = page.context["people"], page.context["linked"], text(page)
    assert (card.person, card.phone) == (nadia, "+81 3 1234 5678")
    assert f"{card.clock} there" in shown
    assert "Agreed to be followed" in shown
    assert (linked.deal, linked.number, linked.steps[:2]) == (dairy, 1, ["now", ""])
    assert "the only open deal of its people." in shown
    assert page.context["around"]
    assert "Around this mail" in shown


@pytest.mark.shows("INBOX-07", "X8")
def test_beside_an_open_mail_nothing_is_told_of_a_person_who_is_hidden(client, nadia, box):  # noqa: F811
    stranger = arrive(box, "Bonjour", sender="x@elsewhere.example", Message_ID="<x@elsewhere.example>")

    page = client.get(f"/inbox?thread={stranger.thread_id}")

    [card] = page.context["people"]
    assert (card.person, card.phone, card.clock) == (None, "", "")
    assert (page.context["linked"], page.context["around"]) == (None, [])


@pytest.mark.slow
@pytest.mark.shows("ESPI-11", "REC-07")
def test_a_mail_that_is_linked_to_a_deal_stands_in_the_history_of_its_account_once(client, camille, dairy, box):  # noqa: F811
    other = PersonDraft(values={"first_name": "Luc", "last_name": "Roux"}, emails=("luc@elsewhere.example",))
    luc = people.add_person("contact", other, by=camille, now=NOW)
    own = arrive(box, "Du Val")
    foreign = arrive(box, "D’ailleurs", sender="luc@elsewhere.example", Message_ID="<l@elsewhere.example>")

    dairy.links.create(person=luc, since=NOW)
    page = reverse("account", args=[dairy.account_id])
    before = text(client.get(page))
    mails.link(mails.mail_of(foreign), dairy, by=camille, now=NOW)
    after = text(client.get(page))

    assert own.person_id is not None
    assert ("Du Val" in before, "D’ailleurs" in before) == (True, False)
    assert (after.count("Du Val"), after.count("D’ailleurs")) == (before.count("Du Val"), before.count("Du Val"))


@pytest.mark.slow
@pytest.mark.shows("ESPI-11", "REC-07")
def test_a_mail_sent_for_a_deal_to_somebody_elsewhere_stands_in_the_history_of_its_account(client, camille, dairy, box):  # noqa: F811
    other = PersonDraft(values={"first_name": "Luc", "last_name": "Roux"}, emails=("luc@elsewhere.example",))
    luc = people.add_person("contact", other, by=camille, now=NOW)
    mail = sent(camille, box, luc)
    unrelated = text(client.get(reverse("account", args=[dairy.account_id])))
    dairy.links.create(person=luc, since=NOW)
    mails.link(mails.mail_of(mail), dairy, by=camille, now=NOW)
    sent(camille, box, luc, about_kind="Deal", about_id=dairy.pk)

    shown = text(client.get(reverse("account", args=[dairy.account_id])))
    told = Caller(camille).client.get(f"/api/v1/history/account/{dairy.account_id}").json()["items"]

    assert (unrelated.count("Votre devis"), shown.count("Votre devis")) == (0, 2)
    assert [one["said"] for one in told if one["kind"] == "mail_elsewhere"] == ["Votre devis"] * 2


@pytest.mark.shows("REC-03", "X8")
def test_a_mail_for_a_deal_that_one_may_not_see_is_not_told_on_its_account(camille, dairy, box):  # noqa: F811
    luc = people.add_person("contact", PersonDraft(values={"last_name": "Roux"}), by=camille, now=NOW)
    sent(camille, box, luc, about_kind="Deal", about_id=dairy.pk)
    reader = add_user(email="r@helionne.example", name="R", role="salesperson")
    Grant.objects.filter(role=reader.role, module="deal").update(read=1)

    def kinds(user):
        return [entry.kind for entry in page(Subject(module="account", id=dairy.account_id, user=user)).entries]

    assert "mail_elsewhere" in kinds(camille)
    assert "mail_elsewhere" not in kinds(User.objects.get(pk=reader.pk))


@pytest.mark.shows("DEAL-03", "DEAL-09")
@pytest.mark.parametrize(
    ("rule", "icon"),
    [
        ("hand", "hand"), ("written_here", "link"), ("thread", "link"), ("past", "wand-sparkles"),
        ("only_open", "wand-sparkles"), ("latest_open", "wand-sparkles"), ("won", "wand-sparkles"),
    ],
)  # fmt: skip
def test_the_icon_of_a_link_says_how_it_came(dairy, letter, camille, rule, icon):  # noqa: F811
    DealMail.objects.filter(key=key(letter)).update(rule=rule)

    (shown,) = deal_mails.of_deal(dairy, view="deal", user=camille)["rows"]

    assert shown.icon == icon


@pytest.mark.shows("DEAL-03")
def test_a_sent_mail_shows_how_far_its_readers_are_and_a_received_one_who_wrote_it(client, dairy, box, letter, camille):  # noqa: F811
    message = sent(camille, box, dairy.contact, about_kind="Deal", about_id=dairy.pk)
    Recipient.objects.filter(message=message).update(sent_at=NOW, first_opened_at=NOW, track="full")

    rows = deal_mails.of_deal(dairy, view="deal", user=camille)["rows"]
    shown = client.get(f"/deals/{dairy.pk}/mails").content.decode()

    assert {(row.mail.is_outgoing, row.mail.author) for row in rows} == {
        (True, "Camille Aubry"),
        (False, "nadia@val.example"),
    }
    assert shown.count('class="fil mini"') == 1
    assert "Sent, opened" in shown
