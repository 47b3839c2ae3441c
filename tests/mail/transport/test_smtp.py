"""The client against a relay that behaves."""

from __future__ import annotations

import asyncio

import pytest

from relance.lib.reach import any_address, public_address
from relance.mail.transport.fake import At, FakeRelay, Fault, Script
from relance.mail.transport.outcome import Accepted, NoSession, Refused, Reply, Stage, Withheld
from relance.mail.transport.relay import Relay
from relance.mail.transport.smtp import open_session, read_extensions, session
from relance.mail.transport.transaction import Awaited, Letter, UnfitContent, fit_for_wire
from tests.mail.transport.talk import CONTENT, letter, relay_to, send


@pytest.mark.shows("G4")
@pytest.mark.parametrize("is_pipelining", [True, False])
def test_a_letter_arrives_as_it_was_written(is_pipelining):
    with FakeRelay(Script(is_pipelining=is_pipelining)) as fake:
        [outcome] = send(fake, letter())

        assert outcome == Accepted(Reply(250, "2.0.0 Queued as 1"))
        [mail] = fake.mails
        assert (mail.sender, mail.recipient) == ("bounce@relance.test", "anna@client.test")
        assert mail.content == CONTENT
        assert mail.message_id == "<1@relance.test>"
        assert fake.ledger.verbs["QUIT"] == 1


@pytest.mark.shows("D2")
def test_no_byte_of_the_content_leaves_before_the_hook_is_done():
    seen = []

    async def look():
        await asyncio.sleep(0.05)
        seen.append((fake.ledger.verbs["DATA"], len(fake.mails)))
        return True

    with FakeRelay() as fake:
        send(fake, letter(), before_content=look)

        assert seen == [(1, 0)]
        assert len(fake.mails) == 1


@pytest.mark.shows("D19", "D17")
def test_a_letter_withheld_after_354_never_arrives():
    async def no():
        return False

    with FakeRelay() as fake:
        [outcome] = send(fake, letter(), before_content=no)

        assert outcome == Withheld()
        assert fake.wait(lambda ledger: ledger.open_connections == 0)
        assert fake.mails == []


@pytest.mark.shows("D1")
def test_a_failing_hook_withholds_the_letter():
    async def fail():
        raise RuntimeError("the database is away")

    with FakeRelay() as fake:
        with pytest.raises(RuntimeError):
            send(fake, letter(), before_content=fail)

        assert fake.wait(lambda ledger: ledger.open_connections == 0)
        assert fake.mails == []


@pytest.mark.shows("G4")
@pytest.mark.parametrize("is_pipelining", [True, False])
def test_overlapping_letters_get_their_own_replies(is_pipelining):
    refused = {"b3@client.test": "550 5.1.1 Unknown", "b4@client.test": "452 4.2.2 Full"}

    async def talk(relay):
        outcomes, before = [], None
        async with session(relay) as opened:
            for number in range(8):
                answers = Awaited(asyncio.get_running_loop())
                transaction = opened.begin(letter(f"b{number}@client.test"), answers)
                if await answers.ready:
                    await transaction.send_content()
                if before:
                    outcomes.append(await before.done)
                before = answers
            outcomes.append(await before.done)
        return outcomes

    script = Script(
        is_pipelining=is_pipelining,
        refuses=refused.get,
        faults=(Fault(at=At.DOT, reply="554 5.7.1 Spam", only="b6@"),),
    )
    with FakeRelay(script) as fake:
        outcomes = asyncio.run(talk(relay_to(fake)))

        codes = [outcome.reply.code for outcome in outcomes]
        assert codes == [250, 250, 250, 550, 452, 250, 554, 250]
        assert [type(outcome) for outcome in outcomes].count(Refused) == 3
        assert [mail.recipient[:2] for mail in fake.mails] == ["b0", "b1", "b2", "b5", "b7"]
        assert fake.ledger.connections == 1


@pytest.mark.shows("G4")
def test_a_recipient_refused_under_354_gets_no_mail():
    script = Script(refuses={"b@client.test": "550 5.1.1 Unknown"}.get, takes_data_always=True)
    with FakeRelay(script) as fake:
        outcomes = send(fake, letter("b@client.test"), letter())

        assert [outcome.reply.code for outcome in outcomes] == [550, 250]
        assert outcomes[0].stage is Stage.RCPT
        assert [mail.recipient for mail in fake.mails] == ["anna@client.test"]


@pytest.mark.shows("D7")
def test_after_a_refusal_the_next_letter_starts_clean():
    with FakeRelay(Script(refuses={"b@client.test": "550 5.1.1 Unknown"}.get)) as fake:
        send(fake, letter("b@client.test"), letter())

        assert fake.ledger.verbs["RSET"] == 1
        assert fake.ledger.connections == 1


@pytest.mark.shows("D11")
def test_a_421_closes_the_session():
    async def talk(relay):
        async with session(relay) as opened:
            outcomes = [await opened.send(letter(), before_content=yes) for _ in range(3)]
            return outcomes, opened.is_open

    async def yes():
        return True

    with FakeRelay(Script(mails_per_connection=2)) as fake:
        outcomes, is_open = asyncio.run(talk(relay_to(fake)))

        assert [outcome.reply.code for outcome in outcomes] == [250, 250, 421]
        assert outcomes[2].stage is Stage.MAIL
        assert not is_open


@pytest.mark.shows("D24")
def test_leading_dots_and_large_contents_arrive_intact():
    content = CONTENT + b".\r\n..\r\nMAIL FROM:<x@y>\r\n" + (b"." + b"x" * 70 + b"\r\n") * 20000
    with FakeRelay() as fake:
        [outcome] = send(fake, letter(content=content))

        assert isinstance(outcome, Accepted)
        assert [mail.content for mail in fake.mails] == [content]


@pytest.mark.shows("D24")
@pytest.mark.parametrize("content", [b"a\n.\nMAIL FROM:<x@y>\r\n", b"a\r.\r\n", b"a\r\r\n", b"a", b""])
def test_a_content_that_could_smuggle_is_unfit(content):
    with pytest.raises(UnfitContent):
        fit_for_wire(content)


@pytest.mark.shows("D23")
@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<x@y>", "a@b> SIZE=1", "<a@b", "a b@c", "a@b\0", ""])
def test_an_address_that_could_add_a_command_is_unfit(address):
    with pytest.raises(UnfitContent):
        Letter("a@b.test", address, CONTENT)


@pytest.mark.shows("G4")
def test_what_the_relay_announced_as_too_much_is_not_even_offered():
    with FakeRelay(Script(size_limit=1000, extensions=())) as fake:
        outcomes = send(
            fake,
            letter(content=CONTENT + b"x" * 1000 + b"\r\n"),
            letter("jürgen@client.test"),
            letter(content=CONTENT + "é\r\n".encode()),
            letter(),
        )

        assert [outcome.reply.enhanced for outcome in outcomes] == ["5.3.4", "5.6.7", "5.6.3", "2.0.0"]
        assert [outcome.by_us for outcome in outcomes[:3]] == [True] * 3
        assert fake.ledger.verbs["MAIL"] == 1


@pytest.mark.shows("D7")
@pytest.mark.parametrize("method", ["PLAIN", "LOGIN"])
def test_it_signs_in(method):
    with FakeRelay(Script(users={"anna": "sécret"}, auth=(method,))) as fake:
        [outcome] = send(fake, letter(), username="anna", password="sécret")

        assert isinstance(outcome, Accepted)


@pytest.mark.shows("INBOX-01")
def test_it_signs_in_with_a_token():
    async def token():
        return "t0ken"

    with FakeRelay(Script(users={"anna": "t0ken"}, auth=("XOAUTH2",))) as fake:
        [outcome] = send(fake, letter(), username="anna", access_token=token)

        assert isinstance(outcome, Accepted)


@pytest.mark.shows("X6")
def test_a_rule_about_addresses_is_asked_before_connecting():
    with FakeRelay() as fake:
        with pytest.raises(NoSession, match="address-not-allowed"):
            asyncio.run(open_session(relay_to(fake, host="localhost", allows=public_address)))

        assert fake.ledger.connections == 0


@pytest.mark.shows("X6")
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "fd00::1", "0.0.0.0",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "100.64.0.1", "224.0.0.1"],
)  # fmt: skip
def test_inner_addresses_are_not_public(address):
    from ipaddress import ip_address

    assert not public_address(ip_address(address))
    assert public_address(ip_address("93.184.216.34"))
    assert any_address(ip_address("127.0.0.1"))


@pytest.mark.shows("G4")
def test_extensions_are_read_as_they_are_written():
    found = read_extensions(Reply(250, "mx.test hello\nSIZE 1000\nauth PLAIN\nAUTH=LOGIN\nPipelining"))

    assert found == {"SIZE": "1000", "AUTH": "PLAIN LOGIN", "PIPELINING": ""}


@pytest.mark.shows("D23")
def test_the_name_in_hello_is_a_name():
    with pytest.raises(ValueError, match="host name"):
        Relay(host="h", helo="x\r\nMAIL FROM:<a@b>")
