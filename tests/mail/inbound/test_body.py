"""An open mail: what may stand in its frame, what its links say, its files, and what is said of it."""

import re

import pytest

from relance.mail.inbound.body import Notice, body, lying_host, part_of
from relance.mail.inbound.classify import classify
from relance.mail.inbound.outline import outline
from relance.mail.inbound.parse import parse
from tests.mail.inbound.hostile import PAYLOADS
from tests.mail.inbound.mails import mail
from tests.mail.returns import NOW

HTML = {"Content_Type": "text/html; charset=utf-8"}


@pytest.mark.shows("X1", "X4")
def test_of_three_hundred_payloads_nothing_that_runs_or_calls_is_left():
    assert len(PAYLOADS) >= 300
    for payload in PAYLOADS:
        page = body(mail(body=payload, **HTML)).page(images=False).html.lower()
        for word in ("<script", "<iframe", "<object", "<embed", "<form", "<meta", "<base", "<link", "<svg"):
            assert word not in page, payload
        for tag in page.split("<")[1:]:
            assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', "", tag.partition(">")[0])), payload


@pytest.mark.shows("X4")
def test_remote_images_are_left_out_and_counted_until_they_are_asked_for():
    got = body(mail(body='<img src="http://x.example/a.png"><p style="background:url(//x.example/b)">x</p>', **HTML))

    assert (got.page(images=False).blocked, "x.example" in got.page(images=False).html) == (2, False)
    assert (got.page(images=True).blocked, got.page(images=True).html.count("x.example")) == (0, 2)


@pytest.mark.shows("X5")
@pytest.mark.parametrize(
    ("href", "shown", "host"),
    [
        ("https://evil.example/a", "https://www.bank.example/login", "evil.example"),
        ("https://www.bank.example/a", "bank.example", ""),
        ("https://login.bank.example/a", "bank.example", ""),
        ("https://bank.example.evil.example/", "bank.example", "bank.example.evil.example"),
        ("https://bank.example@evil.example/", "Login", "evil.example"),
        ("https://xn--bnk-0na.example/", "Login", "xn--bnk-0na.example"),
        ("https://b\u0430nk.example/", "bank", "xn--bnk-6cd.example"),
        ("https://shop.example/", "Click here", ""),
        ("mailto:a@b.example", "a@b.example", ""),
    ],
)
def test_a_link_that_lies_shows_where_it_leads(href, shown, host):
    assert lying_host(href, shown) == host


def multipart(*parts, kind="mixed"):
    text = "".join(f"--x\n{part}\n" for part in parts) + "--x--\n"
    return mail(body=text, Content_Type=f"multipart/{kind}; boundary=x")


PLAIN = "Content-Type: text/plain\n\nHello"


@pytest.mark.shows("R10")
@pytest.mark.parametrize(
    ("raw", "notices"),
    [
        (multipart(PLAIN, "Content-Type: application/ms-tnef; name=winmail.dat\n\nx"), {Notice.PACKED}),
        (multipart(PLAIN, "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx"), {Notice.SIGNED}),
        (mail(body="x", Content_Type="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"),
         {Notice.ENCRYPTED, Notice.EMPTY}),
        (multipart("Content-Type: application/pgp-encrypted\n\n1", "Content-Type: application/octet-stream\n\nx"),
         {Notice.ENCRYPTED, Notice.EMPTY}),
        (mail(body="-----BEGIN PGP MESSAGE-----\nx"), {Notice.ENCRYPTED}),
        (multipart(PLAIN, "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"), {Notice.INVITATION}),
        (multipart(PLAIN, "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR"), {Notice.CALENDAR_ANSWER}),
        (multipart(PLAIN, "Content-Type: message/disposition-notification\n\nx"), {Notice.RECEIPT}),
        (mail(body="Hi", Disposition_Notification_To="a@b.example"), {Notice.ASKS_RECEIPT}),
        (mail(body="begin 644 a.txt\n#0V%T\n`\nend"), {Notice.INSIDE}),
        (mail(body="=ybegin line=128 size=1 name=a\nx\n=yend"), {Notice.INSIDE}),
        (multipart("Content-Type: text/x-amp-html\n\n<html amp4email>"), {Notice.EMPTY}),
        (mail(body=""), {Notice.EMPTY}),
        (mail(body="Hello"), set()),
    ],
)  # fmt: skip
def test_what_is_not_simply_text_says_so_and_is_never_an_empty_page(raw, notices):
    got = body(raw)

    assert set(got.notices) == notices
    assert got.text.strip() or got.files or got.notices


@pytest.mark.shows("R13", "R10")
def test_an_answer_to_an_invitation_is_a_reply():
    raw = multipart(PLAIN, "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY")

    assert classify(parse(raw)).kind == "reply"


@pytest.mark.shows("X3", "X2")
@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.pdf", "a.pdf"),
        ('"../../etc/passwd"', "passwd"),
        ('"C:\\\\x\\\\evil.exe"', "evil.exe"),
        ('"<img src=x onerror=alert(1)>.html"', "<img src=x onerror=alert(1)>.html"),
        ('"\u202efdp.exe"', "fdp.exe"),
        ('"a\\r\\nSet-Cookie: x.pdf"', "arnSet-Cookie: x.pdf"),
        ("=?utf-8?q?=C3=A9tude.pdf?=", "étude.pdf"),
        ('""', "application.pdf"),
    ],
)
def test_a_file_bears_a_safe_name(written, name):
    part = f"Content-Type: application/pdf\nContent-Disposition: attachment; filename={written}\n\n%PDF"
    raw = multipart(PLAIN, part)

    (file,) = body(raw).files

    assert (file.name, part_of(raw, file.number).data.strip()) == (name, b"%PDF")
    assert outline(parse(raw), arrived_at=NOW).has_attachments


@pytest.mark.shows("R9")
def test_a_mail_inside_a_mail_is_a_file():
    inner = "Content-Type: message/rfc822\n\nFrom: other@x.example\nSubject: inner\n\nInner text"

    got = body(multipart(PLAIN, inner))

    assert [file.name for file in got.files] == ["mail.eml"]
    assert "Inner" not in got.text


def test_pictures_of_the_mail_itself_stand_in_the_frame():
    picture = "Content-Type: image/png\nContent-ID: <p1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="

    got = body(multipart("Content-Type: text/html\n\n<img src='cid:p1'><img src='cid:none'>", picture, kind="related"))

    assert got.page(images=False).html.count("data:image/png;base64,iVBORw0KGgo=") == 1
    assert got.page(images=False).blocked == 0
