"""Tokens: what we sign reads back, what we did not sign never does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.lib import tokens
from relance.lib.tokens import Kind, Token

KEY = b"one installation's key, 32 bytes"
OTHER_KEY = b"another installation's key......"
NOW = datetime(2026, 3, 27, 17, 45, tzinfo=UTC)

ids = st.integers(0, 2**64 - 1)
row_ids = st.integers(0, 2**48 - 1)
links = st.integers(0, 2**16 - 1)
kinds = st.sampled_from(list(Kind))


@pytest.mark.shows("T1")
@given(kinds, ids, links)
def test_a_token_reads_back_what_was_signed(kind, id, link):
    text = tokens.sign(KEY, kind, id, link)

    assert len(text) == 32
    assert text.replace("-", "a").replace("_", "a").isalnum()
    assert tokens.read(KEY, text) == Token(kind, id, link)


@pytest.mark.shows("T1")
@given(kinds, ids, links)
def test_a_token_of_another_installation_reads_as_nothing(kind, id, link):
    assert tokens.read(OTHER_KEY, tokens.sign(KEY, kind, id, link)) is None


@pytest.mark.shows("T1")
@given(ids, links, st.integers(0, 31), st.integers(1, 63))
def test_a_token_with_one_character_changed_reads_as_nothing(id, link, place, shift):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = tokens.sign(KEY, Kind.CLICK, id, link)

    changed = alphabet[(alphabet.index(text[place]) + shift) % 64]

    assert tokens.read(KEY, text[:place] + changed + text[place + 1 :]) is None


@pytest.mark.shows("T1")
@pytest.mark.parametrize("text", ["", *(c * 32 for c in "Aé+/=\x00"), "A" * 31, "A" * 33, "A" * 10_000])
def test_rubbish_reads_as_nothing(text):
    assert tokens.read(KEY, text) is None


@pytest.mark.shows("T1")
@given(st.text(max_size=60))
def test_reading_a_token_never_raises(text):
    assert tokens.read(KEY, text) is None
    assert tokens.read_verp(KEY, text) is None
    assert tokens.reads_as_ours(KEY, text) is False
    assert tokens.read_ticket(KEY, text, NOW) is None


@pytest.mark.shows("T1")
@given(st.lists(st.tuples(kinds, links), min_size=1, max_size=9, unique=True), ids)
def test_tokens_signed_in_one_stroke_are_those_signed_one_by_one(wanted, id):
    together = tokens.sheet(KEY, tuple(wanted))(id)

    assert [text.decode() for text in together] == [tokens.sign(KEY, kind, id, link) for kind, link in wanted]


@pytest.mark.shows("T1")
def test_no_two_tokens_of_an_id_have_the_same_seal():
    signed = tokens.sheet(KEY, tuple((kind, link) for kind in Kind for link in range(100)))(7)

    assert len({text[-16:] for text in signed}) == len(signed)


@pytest.mark.shows("UNSUB-06")
def test_an_aggregate_token_says_so():
    assert Token(Kind.OPEN_AGGREGATE, 4).is_aggregate
    assert not Token(Kind.OPEN, 4).is_aggregate


@pytest.mark.shows("R14", "R15")
@given(row_ids, st.booleans())
def test_a_bounce_address_names_its_recipient_even_in_capitals(id, shouted):
    address = tokens.verp(KEY, id, "mail.exemple.fr")

    assert len(address.split("@")[0]) <= 64
    assert tokens.read_verp(KEY, f"<{address.upper() if shouted else address}>") == id


@pytest.mark.shows("R15")
def test_a_forged_bounce_address_names_nobody():
    address = tokens.verp(OTHER_KEY, 7, "mail.exemple.fr")
    opt_out = tokens.unsubscribe_address(KEY, 7, "mail.exemple.fr")

    assert tokens.read_verp(KEY, address) is None
    assert tokens.read_verp(KEY, opt_out) is None
    assert tokens.read_unsubscribe_address(KEY, opt_out) == 7


@pytest.mark.shows("D6", "R14", "UNSUB-04")
@given(st.text(max_size=80), row_ids)
def test_the_names_made_together_are_those_made_one_by_one(send_key, id):
    message_id, bounce, unsubscribe = tokens.namer(KEY)(send_key, id)

    assert f"<{message_id}@x.test>" == tokens.message_id(KEY, send_key, "x.test")
    assert f"bounce+{bounce}@x.test" == tokens.verp(KEY, id, "x.test")
    assert f"unsubscribe+{unsubscribe}@x.test" == tokens.unsubscribe_address(KEY, id, "x.test")


@pytest.mark.shows("D6")
@given(st.text(max_size=80))
def test_the_message_id_is_the_same_at_every_attempt(send_key):
    first = tokens.message_id(KEY, send_key, "exemple.fr")

    assert tokens.message_id(KEY, send_key, "exemple.fr") == first
    assert first.endswith("@exemple.fr>")
    assert tokens.reads_as_ours(KEY, first)
    assert tokens.reads_as_ours(KEY, first.strip("<>").upper())


@pytest.mark.shows("R11")
def test_a_message_id_of_a_stranger_is_not_ours():
    assert not tokens.reads_as_ours(KEY, tokens.message_id(OTHER_KEY, "mass 1 a@exemple.fr", "exemple.fr"))
    assert not tokens.reads_as_ours(KEY, "<CAKx1234@mail.gmail.com>")


@pytest.mark.shows("R11")
def test_two_sendings_have_two_message_ids():
    first = tokens.message_id(KEY, "mass 1 a@exemple.fr", "exemple.fr")

    assert tokens.message_id(KEY, "mass 2 a@exemple.fr", "exemple.fr") != first


@pytest.mark.shows("ENG-03")
def test_a_ticket_opens_its_topics_until_it_expires():
    ticket = tokens.sign_ticket(KEY, ["user:7", "mass:été"], NOW + timedelta(minutes=10))

    assert tokens.read_ticket(KEY, ticket, NOW) == ("user:7", "mass:été")
    assert tokens.read_ticket(KEY, ticket, NOW + timedelta(minutes=10)) is None
    assert tokens.read_ticket(OTHER_KEY, ticket, NOW) is None


@pytest.mark.shows("ENG-03")
@given(st.integers(0, 60), st.integers(0, 63))
def test_a_ticket_with_one_character_changed_opens_nothing(place, character):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    ticket = tokens.sign_ticket(KEY, ["user:7", "mass:12345678", "deal:12345"], NOW + timedelta(minutes=10))
    forged = ticket[:place] + alphabet[character] + ticket[place + 1 :]

    assert forged == ticket or tokens.read_ticket(KEY, forged, NOW) is None
