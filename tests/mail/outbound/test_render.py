"""The fast way of writing a mail gives what the plain way gives, and bytes that no server can misread."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relance.lib import tokens
from relance.lib.tokens import Kind, Token
from relance.mail.outbound.formats import FieldKind
from relance.mail.outbound.placeholders import PlaceholderErrors, ProblemCode
from relance.mail.outbound.render import Attachment, Content, Envelope, Setting, TrackMode, compile_content
from tests.mail import oracle

KEY = b"one installation's key, 32 bytes"
EDGE = "https://lien.exemple.fr"
CATALOGUE = {
    "Person.firstName": FieldKind.TEXT,
    "Person.website": FieldKind.URL,
    "Person.id": FieldKind.TEXT,
    "Account.name": FieldKind.TEXT,
    "Deal.amount": FieldKind.MONEY,
    "User.signature": FieldKind.HTML,
}
SETTING = Setting(edge=EDGE, key=KEY, catalogue=CATALOGUE, language="fr")
HTML = """<style>p { color: #333 } @media (max-width: 600px) { p { color: red } }</style>
<p title="{Account.name}">Bonjour {Person.firstName|à vous},</p>
<p>Votre offre : <a href="https://exemple.fr/offre?a=1&amp;b=2">{Account.name:upper}</a>,
<a href="{Person.website}">votre site</a>, <a href="https://exemple.fr/p/{Person.id}?x={Person.firstName}">page</a>.
Total {Deal.amount}. <a href="{Unsubscribe.link}">Stop</a></p>
.<br>From the start
{User.signature}"""


def setting(**changes):
    facts = {"edge": EDGE, "key": KEY, "catalogue": CATALOGUE, "language": "fr"}
    return Setting(**facts | changes)


def envelope(**changes):
    facts = {
        "sender": ("Ève Martin", "eve@radium.fr"),
        "to": (("Marie Curie", "marie@exemple.fr"),),
        "message_id": tokens.message_id(KEY, "mass 1 marie@exemple.fr", "radium.fr"),
        "date": datetime(2026, 3, 27, 17, 45, tzinfo=UTC),
        "recipient_id": 77,
        "content_id": 5,
    }
    return Envelope(**facts | changes)


def compiled(html=HTML, subject="Bonjour {Person.firstName}", text=None, attachments=(), **changes):
    content = Content(subject=subject, html=html, text=text, attachments=attachments)
    return compile_content(content, setting(**changes))


def rendered(html, values=None, mode=TrackMode.NONE, subject="x", text=None, **changes):
    """The two bodies, as a mail program reads them."""
    raw = compiled(html, subject, text, **changes).render(values or {}, envelope(mode=mode))
    bodies = {kind: content for kind, _, _, content in oracle.read(raw)[2]}
    return bodies.get("text/html", ""), bodies["text/plain"]


def assert_fit_for_the_wire(raw):
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 and not line.startswith(b".") for line in body.split(b"\r\n"))


WHOLE = compiled(list_headers=True, footer=True)
# What a database can hold, with what mails are made to break on.
words = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ["", ".", "..", "=", "=3D", "From x", "a\r\nBcc: x@y.fr", "\r\n.\r\nMAIL FROM:<x@y.fr>\r\n", "é" * 90]
    ),
    st.text(alphabet=".= \t\r\n\x00é<&\"'-", max_size=200),
)
values = st.fixed_dictionaries({name: words for name in CATALOGUE if name != "Deal.amount"})
names = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\u2028\u2029"), max_size=60)


@pytest.mark.slow
@pytest.mark.shows("D23", "D24", "TPL-02", "X7")
@settings(deadline=None)
@given(values, st.sampled_from(list(TrackMode)))
@example({"Person.firstName": "x" * 400, "Account.name": "\n.\n", "User.signature": "<b>." * 40}, TrackMode.FULL)
@example({}, TrackMode.AGGREGATE)
def test_the_fast_way_reads_as_the_plain_way(values, mode):
    copy = envelope(mode=mode)

    raw = WHOLE.render(values, copy)

    assert_fit_for_the_wire(raw)
    assert oracle.read(raw) == oracle.read(oracle.write(WHOLE, values, copy))


@pytest.mark.slow
@pytest.mark.shows("D23")
@settings(deadline=None)
@given(names, names, names)
@example("Curie, Marie", 'Marie "Radium" Curie', "=?utf-8?q?x?=")
@example("Marie\r\nBcc: x@y.fr", "\x00", "é" * 300)
@example("a" * 200, "x@y.fr", "Ève Martin (Radium)")
def test_no_name_and_no_subject_adds_a_header_or_a_recipient(sender, recipient, value):
    copy = envelope(sender=(sender, "eve@radium.fr"), to=((recipient, "marie@exemple.fr"), ("", "b@exemple.fr")))

    raw = WHOLE.render({"Person.firstName": value}, copy)

    people, alone, _ = oracle.read(raw)
    assert_fit_for_the_wire(raw)
    assert [address for _, address in people["To"]] == ["marie@exemple.fr", "b@exemple.fr"]
    assert [address for _, address in people["From"]] == ["eve@radium.fr"]
    assert people["To"][0][0] == oracle.one_line(recipient)
    assert alone["Subject"] == oracle.one_line(oracle.subject(WHOLE, {"Person.firstName": value}))
    assert raw.partition(b"\r\n\r\n")[0].lower().count(b"\r\nbcc:") == 0


@pytest.mark.shows("UNSUB-04")
@pytest.mark.parametrize("mode", list(TrackMode))
def test_the_unsubscribe_headers_are_neither_folded_nor_encoded(mode):
    far = "https://" + "un-nom-d-hote-bien-long." * 8 + "exemple.fr"
    copy = envelope(mode=mode, unsubscribe_mailto=tokens.unsubscribe_address(KEY, 77, "radium.fr"))

    lines = compiled(list_headers=True, edge=far).render({}, copy).split(b"\r\n")

    [listed] = [line for line in lines if line.startswith(b"List-Unsubscribe:")]
    token = tokens.sign(KEY, Kind.UNSUBSCRIBE, 77)
    mail_to = tokens.unsubscribe_address(KEY, 77, "radium.fr")
    assert listed == f"List-Unsubscribe: <{far}/u/{token}>, <mailto:{mail_to}>".encode()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.shows("UNSUB-04")
def test_a_personal_mail_carries_no_list_headers():
    raw = compiled().render({}, envelope())

    assert b"List-" not in raw
    assert b"\r\nX-" not in raw
    assert b"Auto-Submitted" not in raw


@pytest.mark.shows("SEQ-07", "D6")
def test_a_reply_names_the_mails_it_answers():
    thread = tuple(f"<{n}.{'x' * 30}@exemple.fr>" for n in range(40))
    copy = envelope(in_reply_to=thread[-1], references=(*thread, "bad id\r\nBcc: x@y.fr"))

    raw = compiled().render({}, copy)

    _, alone, _ = oracle.read(raw)
    assert_fit_for_the_wire(raw)
    assert alone["In-Reply-To"] == thread[-1]
    assert alone["References"].split()[0] == thread[0]
    assert alone["References"].split()[-1] == thread[-1]
    assert b"Bcc" not in raw


@pytest.mark.slow
@pytest.mark.shows("INBOX-03", "MASS-02")
@settings(deadline=None)
@given(names, st.booleans())
def test_copies_and_the_address_for_answers_stand_in_the_headers(name, automatic):
    people = ((name, "a@exemple.fr"), ("", "b@exemple.fr"))
    copy = envelope(
        cc=people, reply_to=(name, "bureau@radium.fr"), auto_submitted=automatic, feedback_id="12:radium:mass"
    )

    raw = compiled().render({}, copy)

    seen = oracle.read(raw)[0]
    assert seen["Cc"] == [(oracle.one_line(name), "a@exemple.fr"), ("", "b@exemple.fr")]
    assert seen["Reply-To"] == [(oracle.one_line(name), "bureau@radium.fr")]
    assert (b"\r\nAuto-Submitted: auto-generated\r\n" in raw) is automatic
    assert b"\r\nFeedback-ID: 12:radium:mass\r\n" in raw


@pytest.mark.shows("D23")
@pytest.mark.parametrize(
    "broken",
    [{"message_id": "<a@b>\r\nBcc: x@y.fr"}, {"feedback_id": "é"}, {"to": (("Marie", "hélène@exemple.fr"),)}],
)
def test_what_cannot_be_written_as_a_header_is_refused(broken):
    with pytest.raises(ValueError, match="ASCII"):
        compiled().render({}, envelope(**broken))


@pytest.mark.shows("D6")
def test_a_second_attempt_sends_the_same_bytes():
    values, copy = (
        {"Person.firstName": "Hélène", "Deal.amount": Decimal("12.5")},
        envelope(mode=TrackMode.FULL),
    )

    assert compiled().render(values, copy) == compiled().render(values, copy)


@pytest.mark.shows("ENG-01", "D365-04")
def test_an_untracked_mail_has_clean_links_and_no_pixel():
    html, text = rendered('<p><a href="https://exemple.fr/a?b=1&amp;c=2">Offre</a></p>')

    assert 'href="https://exemple.fr/a?b=1&amp;c=2"' in html
    assert "Offre <https://exemple.fr/a?b=1&c=2>" in text
    assert EDGE not in html + text
    assert "<img" not in html


@pytest.mark.shows("ENG-01", "ENG-02", "CAMP-05", "CAMP-07", "UNSUB-06")
@pytest.mark.parametrize(
    ("mode", "click", "pixel"),
    [
        (TrackMode.FULL, Token(Kind.CLICK, 77, 1), Token(Kind.OPEN, 77)),
        (TrackMode.CLICKS, Token(Kind.CLICK, 77, 1), None),
        (TrackMode.AGGREGATE, Token(Kind.CLICK_AGGREGATE, 5, 1), Token(Kind.OPEN_AGGREGATE, 5)),
        (TrackMode.AGGREGATE_CLICKS, Token(Kind.CLICK_AGGREGATE, 5, 1), None),
    ],
)
def test_each_mode_puts_its_own_tokens_into_links_and_pixel(mode, click, pixel):
    html, text = rendered('<p><a href="https://exemple.fr/a">Offre</a></p>', mode=mode)

    clicks = re.findall(re.escape(EDGE) + r"/c/([\w-]{32})", html)
    pixels = re.findall(re.escape(EDGE) + r'/o/([\w-]{32})\.gif" width="1" height="1" alt=""></body>', html)
    assert [tokens.read(KEY, token) for token in clicks] == [click]
    assert [tokens.read(KEY, token) for token in pixels] == [pixel] * (pixel is not None)
    assert f"Offre <{EDGE}/c/{clicks[0]}>" in text


@pytest.mark.shows("UNSUB-06")
@pytest.mark.parametrize("mode", [TrackMode.AGGREGATE, TrackMode.AGGREGATE_CLICKS, TrackMode.NONE])
def test_without_an_opt_out_link_an_anonymous_copy_is_the_same_for_everybody(mode):
    one = compiled('<p><a href="https://exemple.fr/a">Offre</a></p>', "x")

    assert one.render({}, envelope(mode=mode)) == one.render({}, envelope(mode=mode, recipient_id=78))


@pytest.mark.shows("CAMP-05")
def test_a_campaigns_own_links_are_put_in_by_their_code():
    html = '<a href="{Link.spring}">Le printemps</a> ou {Link.spring}, <a href="https://exemple.fr/">autre</a>'
    one = compiled(html, "x", named_links={"spring": "https://exemple.fr/p?a=1&b=2"}, track_all_links=False)

    raw = one.render({}, envelope(mode=TrackMode.FULL))

    assert [(link.number, link.url, link.label) for link in one.links] == [
        (1, "https://exemple.fr/p?a=1&b=2", "Le printemps"),
        (2, "https://exemple.fr/p?a=1&b=2", "spring"),
    ]
    assert b"https://exemple.fr/" in raw
    assert b"{Link" not in raw


@pytest.mark.shows("UNSUB-03", "SEQ-09", "SELL-19", "ESPC-08")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Se désinscrire"),
        ("en", "Unsubscribe"),
        ("de-AT", "Abmelden"),
        ("es", "Darse de baja"),
        ("it", "Annulla l’iscrizione"),
        ("nl", "Uitschrijven"),
        ("pt_BR", "Cancelar a subscrição"),
        ("tlh", "Unsubscribe"),
    ],
)
def test_the_opt_out_link_is_added_in_the_language_of_the_mail(language, words):
    html, text = rendered("<p>Bonjour</p>", footer=True, language=language)

    link = f"{EDGE}/u/{tokens.sign(KEY, Kind.UNSUBSCRIBE, 77)}"
    assert f'<a href="{link}" style="color:#6b7280">{words}</a></p></body>' in html
    assert f"{words} <{link}>" in text


@pytest.mark.shows("UNSUB-03", "ESPC-08")
def test_a_template_with_its_own_opt_out_link_gets_no_second_one():
    html, text = rendered('<p>Bonjour, <a href="{Unsubscribe.link}">stop</a></p>', footer=True)

    assert html.count("/u/") == text.count("/u/") == 1
    assert "désinscrire" not in html


@pytest.mark.shows("UNSUB-03")
def test_a_text_written_by_hand_gets_the_opt_out_link_too():
    _, text = rendered("<p>Bonjour</p>", text="Bonjour, sans HTML", footer=True)

    assert text.startswith("Bonjour, sans HTML\n")
    assert f"Se désinscrire\u00a0: {EDGE}/u/" in text


@pytest.mark.shows("ENG-07")
def test_a_followed_file_has_its_own_link_in_every_mode():
    html, _ = rendered('<a data-file="3" href="#">Contrat</a>', mode=TrackMode.NONE)

    [token] = re.findall(re.escape(EDGE) + r"/f/([\w-]{32})\"", html)
    assert tokens.read(KEY, token) == Token(Kind.FILE, 77, 3)
    assert "data-file" not in html


@pytest.mark.shows("X2", "X7")
@pytest.mark.parametrize(
    ("template", "value", "written"),
    [
        ("<p>{Account.name}</p>", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<p>{Account.name}</p>", "Dupont & d'Artagnan", "<p>Dupont &amp; d'Artagnan</p>"),
        ("<p>{Account.name}</p>", "1 rue X\n75001 Paris", "<p>1 rue X<br>\n75001 Paris</p>"),
        ("<p>{Account.name}</p>", "{Person.id}{{7*7}}{% debug %}", "<p>{Person.id}{{7*7}}{% debug %}</p>"),
        ('<p title="{Account.name}">x</p>', '" onclick="x', '<p title="&quot; onclick=&quot;x">x</p>'),
        ("<p title={Account.name}>x</p>", "a onclick=x", '<p title="a onclick=x">x</p>'),
        ('<a href="{Account.name}">x</a>', "javascript:alert(1)", '<a href="">x</a>'),
        ('<a href="{Account.name}">x</a>', " JavaScript:alert(1)", '<a href="">x</a>'),
        ('<a href="{Account.name}">x</a>', "data:text/html,x", '<a href="">x</a>'),
        ('<a href="{Account.name}">x</a>', "//evil.example", '<a href="">x</a>'),
        ('<a href="{Account.name}">x</a>', "https://x.fr/?b='\"&c", '<a href="https://x.fr/?b=&#x27;%22&amp;c">x</a>'),
        ('<a href="{Account.name}/contact">x</a>', "exemple.fr", '<a href="https://exemple.fr/contact">x</a>'),
        ('<a href="{Account.name}">x</a>', "mailto:a@b.fr", '<a href="mailto:a@b.fr">x</a>'),
        ('<a href="https://x.fr/?q={Account.name}">x</a>', "a&b=#é", '<a href="https://x.fr/?q=a%26b%3D%23%C3%A9">'),
        ('<a href="mailto:{Account.name}">x</a>', "a@b.fr?bcc=c@d.fr", '<a href="mailto:a@b.fr%3Fbcc%3Dc@d.fr">x</a>'),
        ('<!--[if mso]><v:rect href="{Account.name}"><![endif]-->', "--><b>", '<v:rect href=""><![endif]-->'),
        ("<!--[if mso]><a title='{Account.name}'><![endif]-->", "' y='-->", "title='&#x27; y=&#x27;--&gt;'>"),
    ],
)  # fmt: skip
def test_a_value_is_harmless_where_it_stands(template, value, written):
    html, _ = rendered(template, {"Account.name": value})

    assert written in html


@pytest.mark.shows("TPL-02")
def test_a_signature_keeps_its_markup_in_html_and_becomes_words_in_the_text():
    values = {"User.signature": "<p><b>Ève Martin</b><br>Radium &amp; Cie</p>"}

    html, text = rendered("<p>Bonjour</p>{User.signature}", values)

    assert "<p><b>Ève Martin</b><br>Radium &amp; Cie</p>" in html
    assert "Ève Martin\nRadium & Cie" in text


@pytest.mark.shows("X7", "TPL-02")
@pytest.mark.parametrize(
    "html",
    [
        "<style>p{color:{Account.name}}</style><p>x",
        '<p style="color:{Account.name}">x',
        '<p onclick="{Account.name}">x',
        '<iframe srcdoc="{Account.name}"></iframe>',
        "<p {Account.name}>x",
        "<style>@media print{p{color:{Account.name}}}</style><p>x",
    ],
)
def test_a_placeholder_where_no_value_is_harmless_is_refused(html):
    with pytest.raises(PlaceholderErrors) as refused:
        compiled(html, "x")

    [problem] = refused.value.problems
    assert (problem.code, problem.name, problem.part) == (ProblemCode.BAD_PLACE, "Account.name", "html")


@pytest.mark.shows("TPL-02")
def test_the_faults_of_all_parts_are_told_at_once():
    with pytest.raises(PlaceholderErrors) as refused:
        compiled("<p>\n  {Person.fristName}", "{Unsubscribe.link}", "{Link.spring} {Deal.zzz}")

    found = [(problem.part, problem.code, problem.name) for problem in refused.value.problems]
    assert found == [
        ("subject", ProblemCode.BAD_PLACE, "Unsubscribe.link"),
        ("html", ProblemCode.UNKNOWN_FIELD, "Person.fristName"),
        ("text", ProblemCode.UNKNOWN_FIELD, "Deal.zzz"),
    ]


@pytest.mark.shows("CAMP-05", "TPL-02")
def test_a_link_code_that_the_campaign_lacks_is_refused():
    with pytest.raises(PlaceholderErrors) as refused:
        compiled('<a href="{Link.spring}">x</a>', "x", named_links={"autumn": "https://exemple.fr"})

    assert [problem.code for problem in refused.value.problems] == [ProblemCode.UNKNOWN_LINK]


@pytest.mark.shows("TPL-03")
def test_style_sheets_are_moved_into_the_elements_and_media_rules_stay():
    html, _ = rendered("<style>p{color:red}@media (max-width:9px){p{color:blue}}</style><p>x</p>")

    assert '<p style="color: red;">x</p>' in html
    assert "@media" in html
    assert html.startswith("<!DOCTYPE html>")


@pytest.mark.shows("TPL-03", "X6")
def test_no_style_sheet_is_fetched_and_no_script_is_sent():
    html, _ = rendered('<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><script>x()</script><p>Bonjour</p>')

    assert "<p>Bonjour</p>" in html
    assert "script" not in html
    assert "x.css" not in html


@pytest.mark.shows("TPL-03")
def test_the_text_part_is_drawn_from_the_html():
    _, text = rendered(
        "<h1>Bonjour {Person.firstName}</h1><p>Deux choses :</p><ul><li>la première</li><li>l'autre</li></ul>"
        '<p><a href="https://exemple.fr">https://exemple.fr</a>, <a href="mailto:e@x.fr">e@x.fr</a></p>',
        {"Person.firstName": "Marie <3"},
    )

    assert text == ("Bonjour Marie <3\n\nDeux choses :\n\n  * la première\n  * l'autre\n\nhttps://exemple.fr, e@x.fr")


@pytest.mark.shows("TPL-01")
def test_a_text_of_its_own_replaces_the_drawn_one_and_its_known_links_are_followed():
    html = '<p><a href="https://exemple.fr/a">Offre</a></p>'

    _, text = rendered(html, mode=TrackMode.FULL, text="Offre : https://exemple.fr/a. Site : https://exemple.fr")

    link = f"{EDGE}/c/{tokens.sign(KEY, Kind.CLICK, 77, 1)}"
    assert text == f"Offre : {link}. Site : https://exemple.fr"


@pytest.mark.shows("TPL-01")
def test_a_mail_without_html_is_text_alone():
    one = compiled("", "x", "Voir https://exemple.fr/a, {Person.firstName}")

    raw = one.render({"Person.firstName": "Marie"}, envelope(mode=TrackMode.FULL))

    assert b"multipart" not in raw
    assert b"/o/" not in raw
    assert [link.url for link in one.links] == ["https://exemple.fr/a"]
    assert_fit_for_the_wire(raw)


FILES = (
    Attachment(name="Contrat d'été.pdf", content_type="application/pdf", data=bytes(range(256)) * 9),
    Attachment(name='a"b\r\nBcc: x@y.fr/../c.txt', content_type="text/html\r\nX-Y: z", data=b".\r\n"),
    Attachment(name="logo.png", content_type="image/png", data=b"\x89PNG", content_id="logo@radium.fr"),
)


@pytest.mark.shows("TPL-01", "D23")
def test_attachments_and_inline_pictures_arrive_whole():
    html = '<p><img src="cid:logo@radium.fr" alt=""></p>'

    raw = compiled(html, "x", attachments=FILES).render({}, envelope(mode=TrackMode.FULL))

    parts = oracle.read(raw)[2]
    assert_fit_for_the_wire(raw)
    assert [part[0] for part in parts] == [
        "text/plain", "text/html", "image/png", "application/pdf", "application/octet-stream"]  # fmt: skip
    assert [part[2] for part in parts[2:]] == ["logo.png", "Contrat d'été.pdf", "a_b Bcc: x@y.fr_.._c.txt"]
    assert [part[3] for part in parts[2:]] == [b"\x89PNG", bytes(range(256)) * 9, b".\r\n"]
    assert b"Content-ID: <logo@radium.fr>" in raw


@pytest.mark.slow
@pytest.mark.shows("TPL-01")
@settings(deadline=None)
@given(values)
def test_a_mail_with_an_attachment_reads_as_the_plain_way(values):
    one = compiled(attachments=FILES[:1])

    raw = one.render(values, envelope())

    assert_fit_for_the_wire(raw)
    assert oracle.read(raw) == oracle.read(oracle.write(one, values, envelope()))


@pytest.mark.shows("X7", "INBOX-03")
def test_a_letter_that_quotes_a_template_is_sent_as_it_stands():
    quoted = "{Person.firstName} {Unknown.field} {{Deal.amount}} {Unsubscribe.link}"
    content = Content(subject=quoted, html=f"<p title='{quoted}'>{quoted}</p>", is_literal=True)

    raw = compile_content(content, setting()).render({"Person.firstName": "secret"}, envelope())

    _, alone, parts = oracle.read(raw)
    assert alone["Subject"] == quoted
    assert parts[0][3] == quoted
    assert f'<p title="{quoted}">{quoted}</p>' in parts[1][3]


@pytest.mark.shows("TPL-03", "SELL-24")
def test_the_preview_shows_the_mail_without_tracking():
    shown = compiled().preview({"Person.firstName": "Marie", "Account.name": "Radium", "Deal.amount": Decimal(5)})

    assert shown.subject == "Bonjour Marie"
    assert "https://exemple.fr/offre?a=1&amp;b=2" in shown.html
    assert "Total 5,00\xa0€" in shown.text
    assert EDGE not in shown.html + shown.text
    assert "\ue000" not in shown.html + shown.text


@pytest.mark.shows("TPL-02", "QUALITY-2")
def test_what_a_content_needs_is_known_before_it_is_written():
    assert compiled().fields == set(CATALOGUE)


@pytest.mark.slow
@pytest.mark.shows("TPL-02", "X7")
@settings(deadline=None)
@given(st.text(alphabet="<>ap/ \"'=&;!-{}.\ue000\ue001cf01é\n", max_size=60), st.sampled_from(list(TrackMode)))
@example("<a href='x' data-file=\ue000f0\ue001>", TrackMode.FULL)
@example("\ue000f9\ue001\ue000n9\ue001", TrackMode.NONE)
def test_any_html_at_all_is_written_or_refused(html, mode):
    try:
        one = compiled(html, html, footer=True)
    except PlaceholderErrors:
        return

    raw = one.render({}, envelope(mode=mode))
    assert_fit_for_the_wire(raw)
    assert oracle.read(raw) == oracle.read(oracle.write(one, {}, envelope(mode=mode)))


@pytest.mark.slow
@pytest.mark.shows("D24")
@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
@example(".\n..\nFrom x\n \n\t\n" + "=" * 80)
@example("a" * 74 + ".b")
@example("a" * 75 + "From x")
def test_a_text_of_any_kind_arrives_as_it_was_written(written):
    raw = compiled("", "x", written).render({}, envelope())

    assert_fit_for_the_wire(raw)
    assert not any(line.startswith(b"From ") for line in raw.split(b"\r\n")[1:])
    [(_, _, _, content)] = oracle.read(raw)[2]
    assert content == oracle.clean(written.replace("\ue000", "").replace("\ue001", "")).removesuffix("\n")
