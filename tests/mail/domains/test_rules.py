"""What a domain publishes, judged from tables of records (RFC 7208, 6376, 7489, 5321)."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from relance.mail.domains import rules, spf, words
from relance.mail.domains.rules import LEVELS, Finding, Level, Part, Use, judge
from relance.mail.transport.names import ABSENT, SILENT, Records, Said

pytestmark = pytest.mark.shows("ADM-03")

HOUSE = "helionne.example"


def world(table):
    """An `ask` over a table: texts under (name, kind); None for a name server that says nothing."""

    def ask(name, kind):
        told = table.get((name, kind), ())
        return SILENT if told is None else Records(said=Said.FOUND, values=tuple(told)) if told else ABSENT

    return ask


def envelope(*records, relays=("relay.example.net",), **more):
    """What is found of the SPF of a domain with these records; `more`: TXT records of other names."""
    table = {(HOUSE, "TXT"): records, ("relay.example.net", "A"): ("192.0.2.7",), (HOUSE, "MX"): ("mx.example.net",)}
    table |= {(name, "TXT"): texts for name, texts in more.get("txt", {}).items()}
    table |= more.get("also", {})
    found = judge(Use(domain=HOUSE, relays=relays), world(table))
    return [each for each in found if each.part is Part.SPF]


@pytest.mark.parametrize(
    ("records", "codes", "publish"),
    [
        ((), ["spf_missing"], "v=spf1 a:relay.example.net ~all"),
        (("something else", "v=spf10 -all"), ["spf_missing"], "v=spf1 a:relay.example.net ~all"),
        (("v=spf1 a:relay.example.net -all",), ["spf_right"], ""),
        (("V=SPF1 A:Relay.Example.Net -ALL",), ["spf_right"], ""),
        (("v=spf1 ip4:192.0.2.0/24 -all",), ["spf_right"], ""),
        (("v=spf1 include:spf.example.net ~all",), ["spf_right"], ""),
        (("v=spf1 redirect=spf.example.net",), ["spf_right"], ""),
        (
            ("v=spf1 ip4:198.51.100.1 -all",), ["spf_relay_unnamed"],
            "v=spf1 ip4:198.51.100.1 a:relay.example.net -all",
        ),
        (("v=spf1 -all",), ["spf_relay_unnamed"], "v=spf1 a:relay.example.net -all"),
        (("v=spf1 ~ip4:192.0.2.7 -all",), ["spf_relay_unnamed"], "v=spf1 ~ip4:192.0.2.7 a:relay.example.net -all"),
        (
            ("v=spf1 mx -all", "v=spf1 ip4:198.51.100.1 mx ~all"), ["spf_several"],
            "v=spf1 mx ip4:198.51.100.1 a:relay.example.net -all",
        ),
        (("v=spf1 a:relay.example.net +all",), ["spf_anybody"], "v=spf1 a:relay.example.net ~all"),
        (("v=spf1 all",), ["spf_anybody"], "v=spf1 ~all"),
        (("v=spf1 include:open.example.org -all",), ["spf_open_inclusion"], ""),
        (("v=spf1 a:relay.example.net ?all",), ["spf_open_end"], "v=spf1 a:relay.example.net ~all"),
        (("v=spf1 a:relay.example.net",), ["spf_open_end"], "v=spf1 a:relay.example.net ~all"),
        (("v=spf1 ipv4:192.0.2.7 -all",), ["spf_unreadable"], ""),
        (("v=spf1 ip4:192.0.2.700 -all",), ["spf_unreadable"], ""),
        (("v=spf1 include:nothing.example.org -all",), ["spf_broken_inclusion"], ""),
        (("v=spf1 include:%{i}.example.org a:relay.example.net -all",), ["spf_right"], ""),
        (("v=spf1 include:helionne.example a:relay.example.net -all",), ["spf_right"], ""),
        (("v=spf1 " + "a:relay.example.net " * 11 + "-all",), ["spf_too_many"], ""),
        (("v=spf1 include:ten.example.org -all",), ["spf_too_many"], ""),
        (("v=spf1 include:silent.example.org -all",), ["silent"], ""),
    ],
)  # fmt: skip
def test_who_may_send(records, codes, publish):
    others = {
        "spf.example.net": ("v=spf1 ip4:192.0.2.7 -all",),
        "open.example.org": ("v=spf1 +all",),
        "ten.example.org": ("v=spf1 " + "exists:x.example.org " * 10 + "-all",),
        "silent.example.org": None,
    }

    found = envelope(*records, txt=others)

    assert [each.code for each in found] == codes
    assert [each.publish.value for each in found if each.publish] == ([publish] if publish else [])


def test_a_silent_name_server_is_not_taken_for_a_missing_record():
    use = Use(domain=HOUSE, is_from=True, is_tracking=True, relays=("relay.example.net",), selector="s1")

    found = judge(use, lambda _name, _kind: SILENT)

    assert {each.code for each in found} == {"silent"}
    assert {each.part for each in found} == set(Part)
    assert {each.level for each in found} == {Level.UNKNOWN}
    assert all("did not answer" in words.sentence(each) for each in found)


def test_the_relay_of_a_large_house_is_known_by_what_the_house_asks_to_include():
    google = {"_spf.google.com": ("v=spf1 ip4:203.0.113.0/24 ~all",)}

    named = envelope("v=spf1 include:_spf.google.com ~all", relays=("smtp.gmail.com",), txt=google)
    (unnamed,) = envelope("v=spf1 ip4:192.0.2.7 ~all", relays=("smtp.gmail.com",))

    assert [each.code for each in named] == ["spf_right"]
    assert unnamed.publish.value == "v=spf1 ip4:192.0.2.7 include:_spf.google.com ~all"


def test_an_inclusion_of_ones_own_names_no_relay_of_ones_own():
    own = {f"_spf.{HOUSE}": ("v=spf1 ip4:198.51.100.9 -all",)}
    also = {(f"smtp.{HOUSE}", "A"): ("192.0.2.9",)}

    found = envelope(f"v=spf1 include:_spf.{HOUSE} -all", relays=(f"smtp.{HOUSE}",), txt=own, also=also)

    assert [each.code for each in found] == ["spf_relay_unnamed"]


def test_two_relays_are_both_to_be_named():
    found = envelope("v=spf1 a:relay.example.net -all", relays=("relay.example.net", "198.51.100.4"))

    assert [(each.code, each.facts["relay"]) for each in found] == [("spf_relay_unnamed", "198.51.100.4")]
    assert found[0].publish.value == "v=spf1 a:relay.example.net ip4:198.51.100.4 -all"


def test_a_record_that_includes_itself_in_a_ring_is_read_to_its_end():
    ring = {"a.example.org": ("v=spf1 include:b.example.org -all",), "b.example.org": ("v=spf1 include:a.example.org",)}

    found = envelope("v=spf1 include:a.example.org a:relay.example.net -all", txt=ring)

    assert [each.code for each in found] == ["spf_right"]


@pytest.mark.parametrize(
    ("name", "house"),
    [("smtp.example.net", "example.net"), ("example.net", "example.net"), ("a.b.example.co.uk", "example.co.uk")],
)
def test_the_house_of_a_name(name, house):
    assert spf.house_of(name) == house


def dmarc(*records, domain=HOUSE, at=f"_dmarc.{HOUSE}"):
    use = Use(domain=domain, is_from=True, reports_to=f"camille@{HOUSE}")
    return next(each for each in judge(use, world({(at, "TXT"): records})) if each.part is Part.DMARC)


@pytest.mark.parametrize(
    ("records", "code", "publish"),
    [
        ((), "dmarc_missing", "v=DMARC1; p=none; rua=mailto:camille@helionne.example"),
        (("v=spf1 -all",), "dmarc_missing", "v=DMARC1; p=none; rua=mailto:camille@helionne.example"),
        (("v=DMARC1; p=none; rua=mailto:x@y.example",), "dmarc_none", "v=DMARC1; p=quarantine; rua=mailto:x@y.example"),
        (("v=DMARC1;p=quarantine",), "dmarc_right", ""),
        (("v=DMARC1; p=Reject; sp=none",), "dmarc_right", ""),
        (("v=DMARC1; rua=mailto:x@y.example",), "dmarc_unreadable", ""),
        (("v=DMARC1; p=perhaps",), "dmarc_unreadable", ""),
        (("v=DMARC1; p=reject", "v=DMARC1; p=none"), "dmarc_several", ""),
    ],
)
def test_what_is_done_with_forgeries(records, code, publish):
    found = dmarc(*records)

    assert found.code == code
    assert (found.publish.value if found.publish else "") == publish


@pytest.mark.parametrize(
    ("record", "code"), [("v=DMARC1; p=none; sp=reject", "dmarc_right"), ("v=DMARC1; p=reject", "dmarc_right"),
                         ("v=DMARC1; p=reject; sp=none", "dmarc_none")],
)  # fmt: skip
def test_a_domain_without_a_policy_has_that_of_the_one_above_it(record, code):
    assert dmarc(record, domain=f"mail.sales.{HOUSE}").code == code


def key(bits):
    public = generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def dkim(*records, selector="s1"):
    use = Use(domain=HOUSE, is_from=True, selector=selector)
    found = judge(use, world({(f"s1._domainkey.{HOUSE}", "TXT"): records}))
    return next(each for each in found if each.part is Part.DKIM).code


def test_the_key_of_the_seal():
    ed25519 = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    assert dkim(f"v=DKIM1; k=rsa; p={key(2048)}") == "dkim_right"
    assert dkim(f"k=ed25519; p={base64.b64encode(ed25519).decode()}") == "dkim_right"
    assert dkim(f"v=DKIM1; p={key(1024)}") == "dkim_short"
    assert dkim("v=DKIM1; k=rsa; p=") == "dkim_withdrawn"
    assert dkim("v=DKIM1; k=rsa; p=abc") == "dkim_unreadable"
    assert dkim("not a key") == "dkim_missing"
    assert dkim() == "dkim_missing"
    assert dkim(selector="") == "dkim_unnamed"


def test_a_key_that_receivers_refuse_is_told_of(monkeypatch):
    monkeypatch.setattr(rules, "_bits", lambda _key: 768)

    assert dkim("v=DKIM1; p=abc") == "dkim_weak"


@pytest.mark.parametrize(
    ("hosts", "code"),
    [(("mx.example.net",), "mx_right"), ((), "mx_missing"), (("",), "mx_refuses"), ((".",), "mx_refuses")],
)
def test_where_bounces_arrive(hosts, code):
    use = Use(domain=HOUSE, relays=("relay.example.net",), receives_at="crm.helionne.example")

    found = next(each for each in judge(use, world({(HOUSE, "MX"): hosts})) if each.part is Part.MX)

    assert found.code == code
    assert (found.publish.value if found.publish else "") == ("10 crm.helionne.example." if not hosts else "")


@pytest.mark.parametrize(
    ("other", "told"), [(f"bounces.{HOUSE}", False), ("bounces.example.net", True), (HOUSE, False)]
)
def test_bounces_to_another_house_leave_dmarc_to_the_seal(other, told):
    use = Use(domain=HOUSE, is_from=True, returns_to=(other,))

    assert any(each.code == "spf_not_aligned" for each in judge(use, world({}))) is told


def test_a_domain_of_links_has_an_address():
    use = Use(domain="links.helionne.example", is_tracking=True)

    assert [each.code for each in judge(use, world({}))] == ["address_missing"]
    there = world({("links.helionne.example", "AAAA"): ("2001:db8::1",)})
    assert [each.code for each in judge(use, there)] == ["address_right"]


@pytest.mark.parametrize("code", LEVELS)
def test_every_finding_has_its_sentence(code):
    facts = {
        "domain": HOUSE, "name": "x.example", "relay": "relay.example.net", "count": 11, "word": "ipv4:1", "bits": 768,
        "other": "y.example", "policy": "reject", "host": "mx.example.net",
    }  # fmt: skip

    told = words.sentence(Finding(part=Part.SPF, code=code, facts=facts))

    assert code in words.SENTENCES
    assert told.endswith(".")
    assert "%(" not in told
