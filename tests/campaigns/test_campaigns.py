"""Campaigns: to lists without excluded ones, links with codes, one log and lists made of it (CAMP-01 to CAMP-07)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from relance.campaigns import actions, campaign_log, campaigning, launching, lists
from relance.campaigns.campaign_log import Asked
from relance.campaigns.campaigning import BadCampaign, BadLink, CampaignDraft
from relance.campaigns.models import MassMail, TargetList
from relance.campaigns.samples import add_samples
from relance.mail.models import Message, Recipient, Template
from relance.mail.templates import Parts, TemplateDraft, add_template, faults
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.people.models import Person
from relance.team.policy import Forbidden
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
NAMES = ("Ada", "Bob", "Cyd", "Dan")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def people(add):
    return {name: add(f"{name} N", f"{name.lower()}@x.example") for name in NAMES}


@pytest.fixture
def target(people, camille, now):
    row = lists.make("Salon", by=camille, now=now)
    lists.fill_people(row, Person.objects.all(), now=now)
    return row


@pytest.fixture
def campaign(target, camille, now):
    return campaigning.make(CampaignDraft(values={"name": "Automne", "lists": [target.pk]}), by=camille, now=now)


@pytest.fixture
def sent(campaign, camille, mailbox, now):
    """One mail of the campaign with a coded link, sent; Ada clicked it, Bob left, Cyd came back, Dan's is full."""
    link = campaigning.add_link(campaign, name="Toit", url="https://helionne.example/toit?a=1&b=2", by=camille)
    told = {"name": "Avec code", "subject": "Votre toit", "html": f'<p><a href="{link.placeholder}">Voir</a></p>'}
    template = add_template(TemplateDraft(values=told), by=camille, now=now)
    mail = campaigning.add_mail(campaign, by=camille, now=now)
    actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
    message = actions.launch(mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    copies = {one.person.first_name: one for one in message.recipients.select_related("person")}
    Recipient.objects.filter(message=message).update(state="sent", sent_at=now)
    Message.objects.filter(pk=message.pk).update(sent=4, started_at=now)
    hits = [
        ("Ada", HitKind.CLICK, {}), ("Bob", HitKind.OPT_OUT, {"scope": "marketing", "route": "page", "words": ""}),
        ("Cyd", HitKind.BOUNCE, {"bounce": "hard", "text": "no such user"}),
        ("Dan", HitKind.BOUNCE, {"bounce": "soft", "text": "mailbox full"}),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        for place, (name, kind, detail) in enumerate(hits, start=1):
            hit = Hit(
                id=uuid4(), kind=kind, at=now + timedelta(hours=place), user_agent=FIREFOX,
                recipient_id=copies[name].pk, method="GET", detail=detail,
                **({"link": 1} if kind is HitKind.CLICK else {}),
            )  # fmt: skip
            note(cursor, [hit])
    mail.refresh_from_db()
    return mail


@pytest.mark.shows("CAMP-01", "CAMP-03", "ESPC-03", "ESPC-04", "ESPC-05")
def test_a_campaign_goes_to_its_lists_without_the_excluded_ones(campaign, people, camille, template, mailbox, now):
    out = lists.make("Sans", by=camille, now=now)
    lists.fill_people(out, Person.objects.filter(pk=people["Bob"].pk), now=now)
    mail = campaigning.add_mail(campaign, by=camille, now=now)

    campaigning.edit(campaign, CampaignDraft(values={"excluded": [out.pk]}), by=camille, now=now)

    mail.refresh_from_db()
    actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
    message = actions.launch(mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    told = {one.email: one.refused_because for one in message.recipients.all()}
    assert told == {f"{name.lower()}@x.example": "excluded" if name == "Bob" else "" for name in NAMES}


@pytest.mark.shows("CAMP-01", "CAMP-03", "ESPC-04", "ESPC-05")
@pytest.mark.parametrize("kind", ["mail", "newsletter"])
def test_a_campaign_of_either_kind_leaves_at_its_start_to_each_address_of_its_lists_once(
    people, target, camille, template, mailbox, now, kind
):
    few = lists.make("Peu", by=camille, now=now)
    lists.fill_people(few, Person.objects.filter(pk=people["Bob"].pk), now=now)
    values = {"name": "Automne", "kind": kind, "lists": [target.pk, few.pk]}
    campaign = campaigning.make(CampaignDraft(values=values), by=camille, now=now)
    mail = campaigning.add_mail(campaign, by=camille, now=now)
    actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
    start = now + timedelta(days=2)

    actions.schedule(mail, start, by=camille, now=now)
    early = actions.start_due(start - timedelta(minutes=1))
    actions.start_due(start)

    mail.refresh_from_db()
    actions.prepare(mail.message_id, now=start)
    assert (early, mail.message.content.template) == ([], template)
    assert sorted(mail.message.recipients.values_list("email", flat=True)) == [
        f"{name.lower()}@x.example" for name in NAMES
    ]


@pytest.mark.shows("CAMP-05", "ESPC-09")
def test_a_code_becomes_a_followed_link_and_its_clicks_are_told(campaign, sent):
    content = sent.message.content
    (one,) = campaign_log.link_clicks(campaign)

    assert [link["url"] for link in content.links][:1] == ["https://helionne.example/toit?a=1&b=2"]
    assert (one.people, one.clicks) == (1, 1)
    assert not faults(Parts.of(sent.template))


@pytest.mark.shows("CAMP-05", "ESPC-02", "ESPC-09", "D25")
def test_a_template_that_names_a_link_which_was_taken_away_is_kept_back_and_no_other_mail(
    campaign, camille, mailbox, now
):
    link = campaigning.add_link(campaign, name="Toit", url="https://helionne.example/toit", by=camille)
    mails = []
    for name, html in (("A", f'<p><a href="{link.placeholder}">Voir</a></p>'), ("B", "<p>Bonjour</p>")):
        template = add_template(TemplateDraft(values={"name": name, "subject": "x", "html": html}), by=camille, now=now)
        mail = campaigning.add_mail(campaign, by=camille, now=now)
        actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
        mails.append(actions.schedule(mail, now + timedelta(hours=1), by=camille, now=now))
    campaigning.remove_link(link, by=camille)

    actions.start_due(now + timedelta(hours=1))

    told = [(mail.state, mail.state_why) for mail in MassMail.objects.filter(pk__in=[one.pk for one in mails])]
    assert sorted(told) == [("launched", ""), ("stopped", "not_ready")]
    with pytest.raises(actions.NotReady) as refused:
        actions.launch(mails[0], by=camille, now=now)
    assert f"the link Link.{link.code} does not exist" in str(refused.value)


@pytest.mark.shows("D25", "MASS-03")
def test_a_mass_mail_that_cannot_be_started_keeps_no_other_from_leaving(
    campaign, template, camille, mailbox, now, monkeypatch
):
    mails = []
    for name in ("A", "B"):
        mail = campaigning.add_mail(campaign, name=name, by=camille, now=now)
        actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
        mails.append(actions.schedule(mail, now + timedelta(hours=1), by=camille, now=now))
    begin = launching.begin

    def breaks(mass_mail, *words, **more):
        if mass_mail.pk == mails[0].pk:
            raise LookupError("no")
        return begin(mass_mail, *words, **more)

    monkeypatch.setattr(launching, "begin", breaks)
    seen = actions.start_due(now + timedelta(hours=1))
    first, second = (MassMail.objects.get(pk=mail.pk) for mail in mails)
    assert (seen, first.state, second.state) == ([first.pk, second.pk], "scheduled", "launched")

    monkeypatch.setattr(launching, "begin", begin)
    early = actions.start_due(now + timedelta(hours=1, seconds=1))
    actions.start_due(now + timedelta(hours=1, minutes=1))
    assert (early, MassMail.objects.get(pk=first.pk).state) == ([], "launched")


@pytest.mark.shows("CAMP-04", "CAMP-06", "ESPC-07", "ESPC-13", "ESPC-14")
def test_the_log_tells_each_event_and_a_target_list_is_made_of_its_lines(campaign, sent, people, camille):
    assert campaign_log.counts(campaign) == {
        "sent": 4, "opened": 1, "clicked": 1, "opted_out": 1, "hard_bounced": 1, "soft_bounced": 1,
    }  # fmt: skip
    clicked = Asked(event="clicked", url="https://helionne.example/toit?a=1&b=2")
    assert [line.name for line in campaign_log.lines(campaign, clicked)] == ["Ada N"]
    assert campaign_log.lines(campaign, Asked(event="clicked", url="https://autre.example")) == []
    assert [copy.person for copy in campaign_log.copies(campaign, clicked)] == [people["Ada"]]
    (hard,) = campaign_log.lines(campaign, Asked(event="hard_bounced"))
    assert (hard.name, hard.detail) == ("Cyd N", "no such user")
    assert len(list(campaign_log.csv_rows(campaign, Asked()))) == 10


@pytest.mark.shows("CAMP-06", "MASS-08")
def test_an_address_that_the_relay_refused_was_sent_to_as_in_the_figures_of_the_mail(campaign, sent, now):
    cyd = sent.message.recipients.order_by("pk")[2]
    Recipient.objects.filter(pk=cyd.pk).update(state="failed", sent_at=None, failed_at=now)

    assert campaign_log.counts(campaign)["sent"] == 4


@pytest.mark.shows("CAMP-06")
def test_pages_of_the_log_hold_every_line_once(campaign, sent):
    seen, before = [], ""
    while page := campaign_log.lines(campaign, Asked(), before=before, limit=2):
        seen += [(line.recipient_id, line.event, line.at) for line in page]
        before = campaign_log.mark(page[-1])

    assert len(seen) == len(set(seen)) == 9
    assert [at for _id, _event, at in seen] == sorted((at for _id, _event, at in seen), reverse=True)


@pytest.mark.slow
@pytest.mark.shows("CAMP-07", "ESPC-13", "ESPC-15")
def test_a_campaign_follows_openings_only_if_it_says_so(campaign, house, camille, template, mailbox, now):
    house.tracking = "track_by_default"
    house.save()

    def tracks():
        mail = campaigning.add_mail(campaign, by=camille, now=now)
        actions.edit_mass_mail(mail, actions.MassMailDraft(values={"template": template}), by=camille, now=now)
        message = actions.launch(mail, by=camille, now=now)
        actions.prepare(message.pk, now=now)
        return {one.track for one in message.recipients.all()}

    assert tracks() == {"clicks"}
    campaigning.edit(campaign, CampaignDraft(values={"track_opens": True}), by=camille, now=now)
    assert tracks() == {"full"}


@pytest.mark.shows("CAMP-01", "CAMP-05")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "name"), ({"kind": "x"}, "newsletter"), ({"lists": [987]}, "not there any more"),
    ],
)  # fmt: skip
def test_a_campaign_that_cannot_be_is_refused(campaign, camille, yann, now, values, words):
    with pytest.raises(BadCampaign, match=words):
        campaigning.edit(campaign, CampaignDraft(values=values), by=camille, now=now)
    with pytest.raises(Forbidden):
        campaigning.edit(campaign, CampaignDraft(values={"name": "x"}), by=yann, now=now)
    for url in ("javascript:alert(1)", "https://", "ftp://x.example", 'https://x.example/"onclick'):
        with pytest.raises(BadLink):
            campaigning.add_link(campaign, name="x", url=url, by=camille)


@pytest.mark.slow
@pytest.mark.shows("CAMP-01", "CAMP-05", "CAMP-06")
def test_the_pages_of_a_campaign_show_and_change_it(campaign, sent, chief):
    client = Client()
    client.force_login(chief)
    page = f"/campaigns/{campaign.pk}"

    shown = client.get(page).content.decode()
    log = client.get(f"{page}/log?event=clicked").content.decode()
    file = b"".join(client.get(f"{page}/log?format=csv").streaming_content).decode()
    made = client.post(f"{page}/list?event=clicked", {"name": "Cliqueurs"})
    client.post(f"{page}/link", {"name": "Autre", "url": "https://autre.example"})

    assert "Toit" in shown
    assert "Ada N" in log
    assert "Bob N" not in log
    assert "mailbox full" in file
    assert "Ada N" in client.get(made["Location"]).content.decode()
    assert "Autre" in client.get(page).content.decode()
    assert "Automne" in client.get("/campaigns").content.decode()


def hit(message, email, kind, now, **more):
    copy = message.recipients.get(email=email)
    with connection.cursor() as cursor:
        note(
            cursor,
            [Hit(id=uuid4(), kind=kind, at=now, user_agent=FIREFOX, recipient_id=copy.pk, method="GET", **more)],
        )


@pytest.mark.slow
@pytest.mark.shows("ZMM-38")
@pytest.mark.parametrize("face", ["page", "api"])
def test_leads_and_contacts_are_handed_to_a_campaign_with_a_standard_template(face, add, chief, mailbox, now):
    add_samples(by=chief, now=now)
    standard = Template.objects.get(name="After the quote")
    Person.objects.all().delete()
    lead, contact = add("Ada N", "ada@x.example", kind="lead", owner=chief), add("Bob N", "bob@x.example", owner=chief)
    client, call = Client(), Caller(chief)
    client.force_login(chief)

    if face == "page":
        client.post("/target-lists/add/lead", {"ids": str(lead.pk), "list": "new", "name": "Automne"})
        handed = TargetList.objects.get()
        client.post("/target-lists/add/contact", {"ids": str(contact.pk), "list": str(handed.pk)})
        page = client.post("/campaigns", {"name": "Automne", "kind": "newsletter"})["Location"]
        client.post(f"{page}/edit", {"name": "Automne", "settings": "1", "lists": [str(handed.pk)]})
        message_page = client.post(f"{page}/mail")["Location"]
        assert "After the quote" in client.get(message_page).content.decode()
        client.post(message_page, {"template": standard.pk, "track": "on"})
    else:
        handed = call("POST", "/target-lists", {"name": "Automne"}).json()["id"]
        for module, row in (("lead", lead), ("contact", contact)):
            call("POST", f"/target-lists/{handed}/members", {"module": module, "ids": [row.pk]})
        wanted = {"name": "Automne", "kind": "newsletter", "lists": [handed]}
        made = call("POST", "/campaigns", wanted).json()["id"]
        page = f"/campaigns/{made}"
        mail = call("POST", f"{page}/mass-mails", {}).json()["id"]
        assert "After the quote" in {one["name"] for one in call("GET", "/templates").json()["items"]}
        call("PATCH", f"/mass-mails/{mail}", {"template_id": standard.pk, "track": True})
    message = actions.launch(MassMail.objects.get(), by=chief, now=now)
    actions.prepare(message.pk, now=now)
    message.recipients.update(state="sent", sent_at=now)
    Message.objects.filter(pk=message.pk).update(sent=2, started_at=now)
    hit(message, "ada@x.example", HitKind.CLICK, now + timedelta(hours=1), link=1)
    hit(message, "bob@x.example", HitKind.BOUNCE, now + timedelta(hours=2), detail={"bounce": "hard", "text": "gone"})

    for event, name in (("clicked", "Ada N"), ("hard_bounced", "Bob N")):
        if face == "page":
            log = client.get(f"{page}/log", {"event": event}).content.decode()
            assert ("Ada N" in log, "Bob N" in log) == (name == "Ada N", name == "Bob N")
        else:
            lines = call("GET", f"{page}/log?event={event}").json()["items"]
            assert [line["name"] for line in lines] == [name]
    path = f"{page}/log?format=csv" if face == "page" else f"/api/v1{page}/log.csv"
    file = (client if face == "page" else call.client).get(path)
    rows = b"".join(file.streaming_content).decode()
    assert all(word in rows for word in ("ada@x.example", "bob@x.example", "gone", "https://www.example.com/quote"))
