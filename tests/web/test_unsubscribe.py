"""The page behind every unsubscribe link."""

import pytest
from django.test import Client

from relance.campaigns.models import ListMember, MemberCopy, TargetList
from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.models import Content, Interaction, Message
from relance.mail.tracking.goodbyes import GOODBYES, masked
from relance.people.models import ConsentProof, Suppression
from relance.team.models import Organisation, User
from tests.mail.returns import KEY, NOW, message, person, recipient, seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return Organisation.objects.create(pk=1, name="Hélionne", tracking="consent_required")


@pytest.fixture
def eve(house):
    return recipient(message(language="fr"), person(1))


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


def link(to):
    return f"/unsubscribe/{tokens.sign(KEY, Kind.UNSUBSCRIBE, to.pk)}"


def standing():
    return list(Suppression.objects.filter(lifted_at=None).values_list("normal", "scope", "route"))


@pytest.mark.shows("UNSUB-01", "T4")
def test_opening_the_page_changes_nothing_and_speaks_the_language_of_the_mail(eve, visitor):
    for method in (visitor.get, visitor.head) * 3:
        answer = method(link(eve))

    page = visitor.get(link(eve)).content.decode()
    assert answer.status_code == 200
    assert "Ne plus recevoir nos messages" in page
    assert '<html lang="fr"' in page
    assert "e•••••@rouviere.example" in page
    assert eve.email not in page
    assert answer.headers["Cache-Control"].count("no-store") == 1
    assert not answer.cookies
    assert not standing()
    assert not Interaction.objects.exists()


@pytest.mark.shows("UNSUB-01", "UNSUB-02", "T4", "C-10")
def test_one_press_without_cookie_or_script_is_an_opt_out(eve, visitor):
    answer = visitor.post(link(eve), {"keep": "personal"}, follow=True)

    assert "C’est fait." in answer.content.decode()
    assert standing() == [(eve.normal, "marketing", "page")]
    assert Suppression.objects.get().recipient_id == eve.pk
    assert "Me désinscrire" in Suppression.objects.get().words
    assert Message.objects.get().opted_out == 1
    assert not visitor.cookies


@pytest.mark.shows("UNSUB-05")
def test_a_mistake_is_undone_with_one_press(eve, visitor):
    visitor.post(link(eve), {"keep": "personal"})

    answer = visitor.post(link(eve), {"keep": "all"}, follow=True)

    assert "Hélionne peut de nouveau écrire à " in answer.content.decode()
    assert standing() == []
    assert Message.objects.get().opted_out == 0


@pytest.mark.shows("UNSUB-02", "UNSUB-05")
def test_one_may_choose_to_hear_nothing_at_all_and_come_half_the_way_back(eve, visitor):
    visitor.post(link(eve), {"keep": "nothing", "choices": "1"})
    assert standing() == [(eve.normal, "everything", "page")]

    visitor.post(link(eve), {"keep": "personal", "choices": "1"})

    assert standing() == [(eve.normal, "marketing", "page")]
    assert Message.objects.get().opted_out == 1


@pytest.mark.shows("UNSUB-06")
def test_consent_is_given_and_withdrawn_with_its_proof(eve, visitor):
    visitor.post(link(eve), {"keep": "all", "choices": "1", "follow": "1"})
    eve.person.refresh_from_db()
    given = eve.person.tracking_consent

    visitor.post(link(eve), {"keep": "all", "choices": "1"})

    eve.person.refresh_from_db()
    assert (given, eve.person.tracking_consent) == ("granted", "denied")
    proof = ConsentProof.objects.latest("id")
    assert (proof.how, proof.source) == ("page", f"mail {eve.message_id}")
    assert proof.words == "Laisser Hélionne savoir si j’ouvre ses mails"


@pytest.mark.shows("UNSUB-06")
@pytest.mark.parametrize(("policy", "asked"), [("track_by_default", True), ("aggregate_only", False), ("off", False)])
def test_consent_is_only_asked_where_people_are_followed_by_name(eve, visitor, house, policy, asked):
    Organisation.objects.update(tracking=policy)

    page = visitor.get(link(eve)).content.decode()

    assert ('name="follow"' in page) is asked


@pytest.mark.shows("UNSUB-02")
def test_a_colleague_who_opens_the_link_by_accident_unsubscribes_nobody(eve, client):
    client.force_login(User.objects.get())

    page = client.get(link(eve)).content.decode()
    client.post(link(eve), {"keep": "personal"})

    assert "You are signed in to Relance as Claire" in page
    assert page.count("disabled") == 2
    assert not standing()


@pytest.mark.shows("UNSUB-02")
def test_a_colleague_may_leave_with_an_address_of_her_own(house, client):
    sent = message()
    claire = recipient(sent, person(1))
    claire.email = claire.normal = "claire@helionne.example"
    claire.save()
    client.force_login(User.objects.get())

    client.post(link(claire), {"keep": "personal"})

    assert standing() == [("claire@helionne.example", "marketing", "page")]


@pytest.mark.shows("UNSUB-01", "SEQ-09")
@pytest.mark.parametrize("language", ["fr", "en", "de", "es", "it", "nl", "pt"])
def test_the_page_speaks_seven_languages(eve, visitor, language):
    Content.objects.update(language=f"{language}-XX")

    asked = visitor.get(link(eve)).content.decode()
    visitor.post(link(eve), {"keep": "personal"})
    done = visitor.get(link(eve)).content.decode()

    words = GOODBYES[language].filled(house="Hélionne", sender="Claire", address=masked(eve.email))
    assert f'<html lang="{language}"' in asked
    for sentence in ("title", "leave", "effect", "choose", "follow", "save", "harmless"):
        assert words[sentence].replace("'", "&#x27;") in asked
    for sentence in ("done", "gone", "undo", "later"):
        assert words[sentence].replace("'", "&#x27;") in done
    assert "{" not in " ".join(words.values())


@pytest.mark.shows("UNSUB-01")
def test_the_language_can_be_switched_and_stays(eve, visitor):
    answer = visitor.post(f"{link(eve)}?lang=de", {"keep": "personal"}, follow=True)

    assert "Erledigt." in answer.content.decode()
    assert answer.redirect_chain[0][0] == f"{link(eve)}?lang=de"


@pytest.mark.shows("T1")
@pytest.mark.parametrize(
    "text", ["nonsense", "A" * 32, tokens.sign(KEY, Kind.OPEN, 1), tokens.sign(KEY, Kind.UNSUBSCRIBE, 999_999)]
)
def test_a_damaged_link_says_so_in_the_browsers_language(house, visitor, text):
    answers = [
        visitor.get(f"/unsubscribe/{text}", headers={"accept-language": "nl"}),
        visitor.post(f"/unsubscribe/{text}", {"keep": "personal"}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert "Deze link leidt nergens heen." in answers[0].content.decode()
    assert not standing()


@pytest.mark.shows("X2")
def test_names_of_the_house_cannot_carry_script(eve, visitor):
    Organisation.objects.update(name="<script>alert(1)</script>")

    page = visitor.get(link(eve)).content.decode()

    assert "<script>alert" not in page


@pytest.mark.shows("T5")
@pytest.mark.parametrize("name", ["next", "lang", "said"])
def test_no_parameter_leads_elsewhere(eve, visitor, name):
    answer = visitor.post(f"{link(eve)}?{name}=https://evil.example", {"keep": "personal", name: "//evil.example"})

    assert answer.headers["Location"].startswith(link(eve))
    assert "evil" not in answer.headers["Location"]


@pytest.mark.shows("UNSUB-05", "UNSUB-01")
def test_the_list_that_a_mail_went_to_is_left_alone_and_joined_again(eve, visitor):
    salon = TargetList.objects.create(name="Salon", owner=seller(), created_at=NOW, updated_at=NOW)
    member = salon.members.create(person=eve.person, added_at=NOW)
    MemberCopy.objects.create(recipient=eve, member=member)

    offered = visitor.get(link(eve)).content.decode()
    left = visitor.post(link(eve), {"keep": "others", "choices": "1"}, follow=True).content.decode()
    member.refresh_from_db()
    [line] = Suppression.objects.filter(lifted_at=None)
    visitor.post(link(eve), {"keep": "all"})

    assert "Tout, sauf les mails de cette liste" in offered
    assert "ne recevra plus les mails de cette liste." in left
    assert (line.scope, line.list_id, member.opted_out_at is None) == ("list", salon.pk, False)
    assert not standing()
    assert ListMember.objects.get().opted_out_at is None


@pytest.mark.shows("UNSUB-05", "UNSUB-01", "C-10")
def test_automatic_follow_ups_are_left_alone_by_the_link_of_one(house, visitor):
    copy = recipient(message(language="en"), person(2))
    Message.objects.update(kind="sequence")

    left = visitor.post(link(copy), {"keep": "others", "choices": "1"}, follow=True).content.decode()

    assert "will receive no more automatic follow-ups from Hélionne." in left
    assert standing() == [(copy.normal, "sequences", "page")]


def test_what_belongs_to_no_list_offers_none_and_takes_no_such_wish(eve, visitor):
    page = visitor.get(link(eve)).content.decode()
    visitor.post(link(eve), {"keep": "others", "choices": "1"})

    assert 'value="others"' not in page
    assert not standing()
