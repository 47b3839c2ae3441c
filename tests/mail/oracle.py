"""The slow, plain way to write the same mail, with the standard library only: what the fast way is compared with."""

import re
from email import policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses

from relance.lib import tokens
from relance.lib.addresses import one_line
from relance.lib.tokens import Kind
from relance.mail.outbound.contexts import escaper
from relance.mail.outbound.formats import Reader
from relance.mail.outbound.quoted import clean
from relance.mail.tracking import stamp
from relance.mail.tracking.stamp import TrackMode

# Python 3.11 loses a space where it folds between two encoded words (RFC 2047, 6.2): the plain way does not fold.
UNFOLDED = policy.SMTP.clone(max_line_length=1_000_000)
EACH_ALONE = ("Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Unsubscribe")


def write(compiled, values, envelope):
    """A whole message by `email.message`, from the same cut template: no compiled function, no encoder of ours."""
    message = EmailMessage(policy=UNFOLDED)
    message["From"] = _address(envelope.sender)
    message["To"] = tuple(_address(mailbox) for mailbox in envelope.to)
    if envelope.cc:
        message["Cc"] = tuple(_address(mailbox) for mailbox in envelope.cc)
    if envelope.reply_to:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = one_line(subject(compiled, values))
    message["Date"] = envelope.date
    message["Message-ID"] = envelope.message_id
    if envelope.in_reply_to:
        message["In-Reply-To"] = envelope.in_reply_to
    if envelope.references:
        message["References"] = " ".join(envelope.references)
    if compiled._setting.list_headers:
        message["List-Unsubscribe"] = f"<{_url(compiled, 'u', Kind.UNSUBSCRIBE, envelope.recipient_id)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = body(compiled, compiled._drawn.text, values, envelope, html=False)
    message.set_content(text, cte="quoted-printable")
    if compiled._drawn.html:
        html = body(compiled, compiled._drawn.html, values, envelope, html=True)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for file in compiled._drawn.attachments:
        maintype, subtype = file.content_type.split("/")
        message.add_attachment(file.data, maintype=maintype, subtype=subtype, filename=file.name)
    return message.as_bytes()


def read(raw):
    """What a mail program sees: headers with their people, and the parts in order."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    people = {name: _people(raw, name) for name in ("From", "To", "Cc", "Reply-To") if message[name]}
    alone = {name: str(message[name]) for name in EACH_ALONE if message[name]}
    return people, alone, [_part(part) for part in message.walk() if not part.is_multipart()]


def subject(compiled, values):
    setting = compiled._setting
    reader = Reader(language=setting.language, currency=setting.currency)
    return "".join(
        piece if isinstance(piece, str) else clean(piece.words(values.get(piece.name), reader))
        for piece in compiled._drawn.subject
    )


def body(compiled, pieces, values, envelope, *, html):
    setting = compiled._setting
    reader = Reader(language=setting.language, currency=setting.currency)
    return "".join(_piece(compiled, piece, values, envelope, reader, html) for piece in pieces)


def _piece(compiled, piece, values, envelope, reader, html):
    if isinstance(piece, str):
        return piece
    mode, who = envelope.mode, envelope.recipient_id
    match piece.kind:
        case stamp.FIELD:
            slot = compiled._drawn.slots[piece.number]
            return escaper(piece.context, slot.kind)(slot.words(values.get(slot.name), reader))
        case stamp.UNSUBSCRIBE:
            return _url(compiled, "u", Kind.UNSUBSCRIBE, who)
        case stamp.FILE:
            return _url(compiled, "f", Kind.FILE, who, piece.number)
        case stamp.CLICK if mode is TrackMode.NONE:
            url = compiled.links[piece.number - 1].url
            return url.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;") if html else url
        case stamp.CLICK if mode.is_aggregate:
            return _url(compiled, "c", Kind.CLICK_AGGREGATE, envelope.content_id, piece.number)
        case stamp.CLICK:
            return _url(compiled, "c", Kind.CLICK, who, piece.number)
        case stamp.PIXEL if mode.has_pixel:
            aggregate = mode.is_aggregate
            kind, id = (Kind.OPEN_AGGREGATE, envelope.content_id) if aggregate else (Kind.OPEN, who)
            return f'<img src="{_url(compiled, "o", kind, id)}.gif" width="1" height="1" alt="">'
    return ""


def _url(compiled, path, kind, id, link=0):
    return f"{compiled._setting.edge}/{path}/{tokens.sign(compiled._setting.key, kind, id, link)}"


def _address(mailbox):
    return Address(one_line(mailbox[0]), addr_spec=mailbox[1])


def _people(raw, name):
    """By the older API: in a name, the newer one leaves the space between two encoded words (RFC 2047, 6.2)."""
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)[name]
    pairs = getaddresses([re.sub(r"\r?\n(?=[ \t])", "", header)])
    return [(str(make_header(decode_header(shown))), address) for shown, address in pairs]


def _part(part):
    content = part.get_content()
    if isinstance(content, str):
        content = content.replace("\r\n", "\n").removesuffix("\n")
    return part.get_content_type(), part.get_content_disposition(), part.get_filename(), content
