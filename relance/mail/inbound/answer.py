"""What a person wrote, without the mail that she answers and without the signature. *(pure)*

    answer("Oui.\\n\\nLe lun. 15 nov. à 19:42, Jean <j@exemple.example> a écrit :\\n> Bonjour")   # "Oui."

Quotes are known by their marks (`>`), by the line above them ("On … wrote:"), by a copied head of a mail, or by a
line that separates. Words between quoted lines are an answer too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from relance.mail.inbound.fields import without_tags
from relance.mail.inbound.parse import Mail

BEGINS = 2_000  # characters of which `beginning` reads
LONGEST = 100_000  # characters looked at
SHORTEST_WRAPPED = 55  # characters of a line that a program may have broken
MOST_WRAPPED = 5  # lines over which "On … wrote:" may be spread

_WROTE = (
    r"wrote|writes|a\s+[ée]crit|schrieb(?:en)?|escribi[óo]|escreveu|ha\s+scritto|schreef|skrev|kirjoitti|írta"
    r"|napisa[łl]\(?a?\)?|napsal\(?a?\)?|пишет|писал\(?а?\)?|написал\(?а?\)?|yazdı|さんは書きました|写道"
)
_ADDRESS = r"[\w.+=-]+@[\w.-]+"
_MOMENT = r"\d{1,2}[:.h]\d{2}|\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.?\s+\w{3,}"
_BEGIN = (
    r"(?:on|le|am|el|il|op|em|em\s+\w+,|in\s+data|den|dne|dnia|w\s+dniu|vào|pada|tir|man|ons|tor|fre|lør|søn|ma|ti|ke|to|pe|la|su"
    r"|\w{2,3}[.,]|\d|«|\")"
)
ATTRIBUTION = re.compile(
    rf"^[\s>*]*{_BEGIN}[^\n]*?(?:(?:{_MOMENT})[^\n]*?(?:\b(?:{_WROTE})\b[^\n]*|<?{_ADDRESS}\s*>[^\n]{{0,40}})"
    rf"|{_ADDRESS}[^\n]*\b(?:{_WROTE})\b[^\n]*)\s*[:：]\s*$",
    re.IGNORECASE,
)
DATED = re.compile(
    rf"^[\s>*]*(?=[^\n]*(?:{_MOMENT}))[^\n]{{6,300}}<\s*{_ADDRESS}\s*>[^\n]{{0,12}}[:：]\s*$", re.IGNORECASE
)
BARE = re.compile(
    rf"^[\s>*]*(?:-{{2,}}\s*)?(?:on|le|am|el|em|op)\b[^\n]*\d{{1,2}}:\d{{2}}[^\n]*{_ADDRESS}[^\n]*\b(?:{_WROTE})\s*(?:-{{2,}}\s*)?$",
    re.IGNORECASE,
)
NAMED = re.compile(rf"^[\s>*]*[^\n:]{{2,120}}\b(?:{_WROTE})\s*[:：]\s*$", re.IGNORECASE)
VERB_FIRST = re.compile(
    rf"^[\s>*]*(?:am|on|le|el|em|op)\b[^\n]*(?:{_MOMENT})[^\n]*\b(?:{_WROTE})\b[^\n]*[:：]\s*$", re.IGNORECASE
)
SEPARATOR = re.compile(
    r"""^[\s>*]*[-_=]{2,}\s*(?:
        original[\s-]message|forwarded\s+message|message\s+d['’]origine|message\s+original|message\s+transf[ée]r[ée]
      | courriel\s+d['’]origine|mail\s+original|urspr[üu]ngliche\s+(?:nachricht|mail)|original-?nachricht
      | weitergeleitete\s+nachricht|mensaje\s+original|mensaje\s+reenviado|mensagem\s+original
      | mensagem\s+encaminhada|messaggio\s+originale|messaggio\s+inoltrato|oorspronkelijk\s+bericht
      | doorgestuurd\s+bericht|oprindelig\s+(?:besked|meddelelse)|opprinnelig\s+melding
      | (?:ursprungligt|original)\s?meddelande|alkuper[äa]inen\s+viesti|исходное\s+сообщение
      | (?:wiadomość|oryginalna)\s+\w+|reply\s+above\s+this\s+line|reply\s+message
    )\s*[-_=]{2,}\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
BEGIN_FORWARD = re.compile(
    r"^\s*(?:begin forwarded message|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée]))", re.IGNORECASE
)
RULE = re.compile(r"^\s*(?:[_*-]{10,}|={4,})\s*$")
_SENDER = r"from|message du|de|von|van|da|fra|från|lähettäjä|от|od|expéditeur|remitente|mittente|afzender"
_OTHERS = (
    r"sent|date|to|cc|subject|envoyé(?:\s+le)?|à|objet|gesendet|an|betreff|datum|verzonden|aan|onderwerp|inviato|data|a|oggetto"
    r"|enviado(?:\s+el|\s+em)?|para|asunto|fecha|assunto|sendt|til|emne|dato|skickat|till|ämne|lähetetty|päivä|aihe"
    r"|vastaanottaja|дата|кому|тема|wysłano|do|temat|reply-to|répondre à"
)
SENDER = re.compile(rf"^[\s>*]*(?:{_SENDER})\s*\*?\s*[:：]\*?\s*\S", re.IGNORECASE)
OTHER = re.compile(rf"^[\s>*]*(?:{_OTHERS})\s*\*?\s*[:：]", re.IGNORECASE)
SIGNATURE = re.compile(r"^\s*(?:--|—|__|–)\s*$")
_DEVICE = (
    r"(?:i(?:phone|pad|os)|android|blackberry|outlook|mobile|smartphone|phone|t[ée]l[ée]phone|samsung|galaxy|huawei|windows"
    r"|yahoo|gmail|proton|spark|mail|device|tablet|handy|m[óo]vil|cellulare|celular|telefoon|torch|typeapp|verizon|nokia"
    r"|bluemail|app\b)"
)
SENT_FROM = re.compile(
    rf"""^\s*[*_]?(?:
        (?:sent|envoy[ée]|gesendet|enviado|inviato|verzonden|skickat|sendt|lähetetty|отправлено)\s+(?:\S+\s+){{0,6}}?
        (?:from|with|via|depuis|de|du|partir|von|vom|mit|meinem|desde|mi|do|da|dal|mio|vanaf|van|met|mijn|från|fra|с)\b
        (?: [^,;!?]{{0,60}}?{_DEVICE}[^,;!?]{{0,80}}
          | \s+(?:my|mon|meinem|mi|mijn|il\s+mio)\s+[A-Z0-9][^,;!?.]{{1,40}} )
      | (?:get|t[ée]l[ée]charge[rz]|hol(?:en)?|obtener|obtenga|scarica|ottieni|download)\s+outlook\b.*
      | outlook\s+f[üu]r\s+\w+\s+(?:herunterladen|beziehen).*
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
LINK = re.compile(r"<https?://[^>]*>")
HTML_QUOTE = re.compile(
    r"""<(?:div|blockquote|span|p|table|section)\b[^>]*(?:
        class\s*=\s*["']?[^"'>]*\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra
            |OutlookMessageHeader|WordSection1Quote|tutanota_quote|front-blockquote|freshdesk_quote)
      | id\s*=\s*["']?(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|reply-intro|x_divRplyFwdMsg
            |isForwardContent|olk_src_body_section)
      | type\s*=\s*["']?cite
      | style\s*=\s*["'][^"'>]*border-top:\s*solid\s+\#(?:e1e1e1|b5c4df)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def answer_of(mail: Mail) -> str:
    """The text of a mail's own words: of its plain part, else of its HTML cut where it begins to quote."""
    plain = [part.text for part in mail.parts if part.content_type == "text/plain" and not part.is_attachment]
    if any(text.strip() for text in plain):
        return answer("\n".join(plain))
    html = "\n".join(part.text for part in mail.parts if part.content_type == "text/html" and not part.is_attachment)
    quote = HTML_QUOTE.search(html)
    own = html[: quote.start()] if quote else html
    told = without_tags(own if without_tags(own).strip() else html)
    return answer("\n".join(line.strip() for line in told.splitlines()))


@lru_cache(maxsize=600)
def beginning(text: str) -> str:
    """The first own words of a text: its kind and its first line in a list are told from them."""
    return answer(text[:BEGINS], enough=600)


def answer(text: str, *, enough: int = LONGEST) -> str:
    """The new words of a text, from which quotes and signatures were taken; empty if it holds nothing else.

    `enough`: so many characters are wanted at most; more may be given.
    """
    lines = [line.rstrip() for line in text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    at = length = 0
    near = _near_attributions(lines)
    while at < len(lines) and length <= enough:
        if _ends(lines, at):
            break
        if wrapped := _attribution(lines, at) if at in near else 0:
            if not _is_quoted(lines, at + wrapped):
                break
            at += wrapped
            continue
        if not lines[at].lstrip().startswith(">"):
            if not _is_wrapped_quote(lines, at):
                kept.append(lines[at])
                length += len(lines[at])
        elif kept and kept[-1]:
            kept.append("")
        at += 1
    return _tidy(kept)


def _ends(lines: Sequence[str], at: int) -> bool:
    """Whether here begins what is not the writer's own: a separator, a copied head, a signature."""
    line = lines[at]
    if not line:
        return False
    if BEGIN_FORWARD.match(line) or _is_head(lines, at):
        return True
    if _DRAWN.search(line):
        if SEPARATOR.match(line) or _is_signature(lines, at):
            return True
        if RULE.match(line):
            following = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), None)
            return following is not None and (_is_head(lines, following) or bool(SENDER.match(lines[following])))
    if not _MAY_TELL_DEVICE.match(line):
        return False
    return bool(SENT_FROM.match(LINK.sub("", line).strip()))


_DRAWN = re.compile(r"[-_=*—–]")
"""What separators, rules and the line above a signature are made of."""
_MAY_TELL_DEVICE = re.compile(
    r"\s*(?:<|[*_]?(?:sent|envoy|gesend|enviad|inviat|verzon|skickat|sendt|lähet|отпра|get|t[ée]l|hol|obten|scar|otti|down|outl))",
    re.IGNORECASE,
)
"""How a line of `SENT_FROM` begins; most lines do not."""


def _is_signature(lines: Sequence[str], at: int) -> bool:
    """The line of RFC 3676, section 4.3, and its careless cousins; a line of dashes below a title is a table."""
    return bool(SIGNATURE.match(lines[at])) and any(line.strip() for line in lines[:at])


def _is_head(lines: Sequence[str], at: int) -> bool:
    """A copied head: who sent, and close below it at least one other field."""
    line = lines[at]
    if (":" not in line and "：" not in line) or not SENDER.match(line):
        return False
    near = [line for line in lines[at + 1 : at + 8] if line.strip()]
    return sum(bool(OTHER.match(line)) for line in near[:5]) >= 1 + (
        not re.search(_ADDRESS, lines[at]) and len(near) > 2
    )


def _near_attributions(lines: Sequence[str]) -> frozenset[int]:
    """The lines at which "On … wrote:" may begin: close above one that ends as all its forms do. Most are none."""
    ends = [at for at, line in enumerate(lines) if line and (line[-1] in ":：" or "@" in line)]
    return frozenset([at for end in ends for at in range(max(0, end - MOST_WRAPPED + 1), end + 1)])


def _attribution(lines: Sequence[str], at: int) -> int:
    """How many lines "On … wrote:" takes here; 0 if none begins here."""
    if not lines[at].strip():
        return 0
    joined = ""
    for count in range(1, MOST_WRAPPED + 1):
        if at + count > len(lines) or not lines[at + count - 1].strip():
            return 0
        joined = f"{joined} {lines[at + count - 1].strip()}".strip()
        if len(joined) > 400:
            return 0
        if joined[-1] not in ":：" and "@" not in joined:
            continue  # what all forms end with, or BARE holds: most lines are asked nothing more
        if any(form.match(joined) for form in (ATTRIBUTION, VERB_FIRST, DATED, BARE)):
            return count
        if count == 1 and NAMED.match(joined) and _is_quoted(lines, at + 1):
            return 1
    return 0


def _is_wrapped_quote(lines: Sequence[str], at: int) -> bool:
    """A quoted line that some program broke in two: alone between marked ones."""
    if len(lines[at - 1]) < SHORTEST_WRAPPED or not lines[at - 1].lstrip().startswith(">"):
        return False
    around = [lines[n].lstrip().startswith(">") for n in (at - 1, at + 1) if 0 <= n < len(lines)]
    return bool(lines[at].strip()) and len(around) == 2 and all(around)


def _is_quoted(lines: Sequence[str], at: int) -> bool:
    """Whether the next line that says something is marked as quoted."""
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _tidy(kept: Sequence[str]) -> str:
    told = "\n".join(kept).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", told).rstrip()
