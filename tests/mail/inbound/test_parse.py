"""Reading whatever arrives: it never raises, never takes long, and never loses its way."""

from random import Random

import pytest

from relance.mail.inbound.classify import classify
from relance.mail.inbound.fields import LONGEST_HEADER, message_ids
from relance.mail.inbound.parse import LONGEST_TEXT, MOST_HEADERS, MOST_PARTS, Mail, parse
from tests.mail.inbound.corpus import bounces, files, needs_corpus


def read_all(raw):
    """Everything that anybody asks of a mail."""
    mail = parse(raw)
    classify(mail)
    assert isinstance(mail, Mail)
    return mail, (mail.subject, mail.sender, mail.message_id, mail.references, mail.text, mail.date)


def test_a_plain_mail_is_read():
    mail = parse(
        b"From: =?utf-8?q?=C3=88ve?= <Eve@rouviere.example>\r\nTo: a@b.example,\r\n c@d.example\r\n"
        b"Subject: =?utf-8?b?w6l0dWRl?=\r\nMessage-ID: <x@y>\r\nIn-Reply-To: <m@n>\r\nReferences: <k@l> <m@n>\r\n"
        b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"R=E9ponse=\r\n !\r\n"
    )

    assert (mail.sender, mail.subject, mail.message_id) == ("Eve@rouviere.example", "étude", "<x@y>")
    assert mail.addresses("to") == ["a@b.example", "c@d.example"]
    assert mail.references == ["<k@l>", "<m@n>", "<m@n>"]
    assert mail.text.strip() == "Réponse !"


@pytest.mark.shows("R9")
def test_an_attached_mail_is_one_part_and_its_headers_are_not_the_mails():
    raw = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nhello\n"
        b"--x\nContent-Type: message/rfc822\n\nFrom: c@d.example\nIn-Reply-To: <ours@h.example>\n\nbody\n--x--\n"
    )

    mail = parse(raw)

    assert [part.content_type for part in mail.parts] == ["text/plain", "message/rfc822"]
    assert (mail.sender, mail.references, mail.text.strip()) == ("a@b.example", [], "hello")


@pytest.mark.shows("R5")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<a@b>", ["<a@b>"]), ("a@b", ["<a@b>"]), ("(comment) a@b (another)", ["<a@b>"]), ("", []), ("   ", []),
        ("<a b@c>", ["<b@c>"]), ("<" + "x" * 5000 + "@y>", []), ("<a@b><c@d>\n <e@f>", ["<a@b>", "<c@d>", "<e@f>"]),
    ],
)  # fmt: skip
def test_message_ids_are_read_as_they_can_be(written, read):
    assert message_ids(written) == read


@pytest.mark.shows("R7")
@pytest.mark.parametrize(
    "charset", ["utf-8", "x-unknown", "utf-7", "zlib", "idna", "", '"', "cp1252", "undefined", "unicode_escape"]
)
def test_no_charset_can_break_a_text(charset):
    raw = f"Content-Type: text/plain; charset={charset}\n\n".encode() + bytes(range(256)) + "é\0".encode()

    assert "\0" not in read_all(raw)[0].text


BOMBS = {
    "a thousand levels": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
    ),
    "ten thousand parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhi\n" * 10_000,
    "a million header lines": b"A: b\n" * 1_000_000,
    "one header folded a million times": b"Subject: a\n" + b" b\n" * 1_000_000,
    "one line of base64": b"Content-Transfer-Encoding: base64\n\n" + b"A" * 20_000_000,
    "one header of 20 MB": b"Subject: " + b"x" * 20_000_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 200_000,
    "brackets in From": b"From: " + b"<" * 50_000 + b"(" * 50_000 + b'"' * 50_000,
    "unclosed scripts": b"Content-Type: text/html\n\n" + b"<script" * 100_000,
    "unclosed tags": b"Content-Type: text/html\n\n" + b"<a " * 200_000,
    "a boundary of backslashes": b'Content-Type: multipart/x; boundary="' + b"\\" * 19_000 + b'"\n\nx',
    "an empty boundary": b'Content-Type: multipart/mixed; boundary=""\n\n--\n--\n--\n' * 1000,
    "text that nearly matches": b"From: mailer-daemon\nSubject: delivery "
    + b"mail " * 5_000
    + b"\n\n"
    + b"delivery mail user " * 30_000,
    "report of nothing": b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: \n" * 100_000,
    "recipients without end": b"Content-Type: multipart/report; boundary=x\n\n--x\n"
    b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b\nAction: failed\n\n" * 20_000,
    "nothing": b"",
    "no headers": b"\n\n\n",
    "NUL": b"\0" * 100_000,
    "only colons": b":" * 100_000 + b"\n:\n:",
}


@pytest.mark.shows("R8", "G8")
@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_is_read_beyond_the_limits(name):
    mail, (subject, _, _, references, text, _) = read_all(BOMBS[name])

    assert len(mail.parts) <= MOST_PARTS
    assert len(mail.headers) <= MOST_HEADERS
    assert len(subject) <= LONGEST_HEADER
    assert len(references) <= 200
    assert len(text) <= LONGEST_TEXT * 2


@pytest.mark.shows("R8")
def test_what_was_not_read_is_said():
    assert parse(BOMBS["a thousand levels"]).problems == ("too deep",)
    assert parse(BOMBS["ten thousand parts"]).problems == ("too many parts",)


def mutated(random, raw):
    """Bit flips, cuts, repeats and header storms."""
    data = bytearray(raw)
    for _ in range(random.randint(1, 8)):
        place = random.randrange(len(data) + 1)
        match random.randrange(5):
            case 0 if data:
                data[place % len(data)] ^= 1 << random.randrange(8)
            case 1:
                del data[place : place + random.randrange(200)]
            case 2:
                data[place:place] = bytes(random.randrange(256) for _ in range(random.randrange(40)))
            case 3:
                data[place:place] = data[: random.randrange(400)]
            case _:
                data[place:place] = random.choice(
                    [b"\n\n", b"--", b"=?", b"\r", b"\0", b"Content-Type: multipart/mixed; boundary=a\n"]
                )
    return bytes(data)


SEED = (
    b"From: a@b.example\nSubject: =?utf-8?q?x?=\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    b"--x\n\nfailed\n--x\nContent-Type: message/delivery-status\n\n"
    b"Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n\n"
    b"--x\nContent-Type: message/rfc822\n\nMessage-ID: <a@b>\n\n--x--\n"
)


@pytest.mark.slow
@pytest.mark.shows("G8")
def test_two_thousand_mutations_break_nothing():
    random = Random(8)

    for _ in range(2_000):
        read_all(mutated(random, SEED))


@pytest.mark.slow
@needs_corpus
@pytest.mark.shows("G7", "G8")
def test_real_malformed_mail_and_its_mutations_break_nothing():
    random = Random(9)
    seeds = [path.read_bytes() for path in files("malformed")] + [raw for _, raw, _ in bounces()]

    for raw in seeds:
        read_all(raw)
    for _ in range(600):
        read_all(mutated(random, random.choice(seeds)))

    assert len(seeds) >= 170
