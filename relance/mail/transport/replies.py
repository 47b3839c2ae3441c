"""What a relay's answer means: for the mail, for the address, and in words for a seller (D6, D7, RFC 3463). *(pure)*

    outcome = classify(550, "5.1.1 No such user here", Stage.RCPT)
    outcome.state, outcome.mark                    # State.BOUNCED, Mark.HARD
    gettext(outcome.sentence)                      # "This address does not exist."

A permanent refusal of the recipient (5.1.x) is a bounce and the only one that burns the address; any other permanent
refusal is a failure (MASS-08). A full mailbox counts softly. What is about us (5.7.x, sign-in, quota, policy) never
touches the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from relance.mail.transport.outcome import ENHANCED


class Stage(StrEnum):
    """What we had asked when the answer came; the dialogue's finer steps make no difference to its meaning."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    FINAL = "final"


class State(StrEnum):
    """What becomes of the mail. Deferred: tried again later."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    BOUNCED = "bounced"


class Mark(StrEnum):
    """What the answer says against the address: nothing, a soft bounce to be counted, or that it is dead."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


class Reason(StrEnum):
    """Why, in stable words that are stored."""

    ACCEPTED = "accepted"
    NO_SUCH_ADDRESS = "no_such_address"
    NO_SUCH_DOMAIN = "no_such_domain"
    MAILBOX_DISABLED = "mailbox_disabled"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    GREYLISTED = "greylisted"
    TOO_MANY = "too_many"  # our relay's limit, or the receiver's
    SIGN_IN = "sign_in"
    SENDER_REFUSED = "sender_refused"
    RELAY_DENIED = "relay_denied"
    POLICY = "policy"  # spam, reputation, DMARC, block lists
    NETWORK = "network"
    TRY_LATER = "try_later"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The meaning of one answer.

    ``ours``: the fault lies with our mailbox, server or reputation, so other mails will meet it too.
    ``status`` is the enhanced code (RFC 3463), or what the plain code amounts to. ``sentence`` is a message of the
    translations, in English.
    """

    state: State
    mark: Mark
    ours: bool
    status: str
    reason: Reason
    sentence: str

    @property
    def retry(self) -> bool:
        return self.state is State.DEFERRED


def classify(code: int, text: str, stage: Stage) -> Outcome:
    """Reads a final answer of the relay: its three digits, its words, and what we had asked."""
    reason = _reason(code, text, stage)
    if code < 500 and reason in _DEAD:
        reason = Reason.TRY_LATER  # not known yet, or not for certain: no word of death before a 5xx
    state, mark = _effect(reason, code)
    return Outcome(
        state=state,
        mark=mark,
        ours=reason in _OURS,
        status=_status(code, text),
        reason=reason,
        sentence=SENTENCES[reason],
    )


def gettext_noop(message: str) -> str:
    """Marks a sentence for the translators and leaves it as it is."""
    return message


SENTENCES: dict[Reason, str] = {
    Reason.ACCEPTED: gettext_noop("The mail server accepted the message."),
    Reason.NO_SUCH_ADDRESS: gettext_noop("This address does not exist."),
    Reason.NO_SUCH_DOMAIN: gettext_noop("The domain of this address takes no mail."),
    Reason.MAILBOX_DISABLED: gettext_noop("This mailbox is closed or not in use."),
    Reason.MAILBOX_FULL: gettext_noop("The recipient’s mailbox is full."),
    Reason.TOO_LARGE: gettext_noop("The message is too large for the recipient’s server. Send a smaller attachment."),
    Reason.GREYLISTED: gettext_noop("The recipient’s server asks for a second try, which is usual for a first mail."),
    Reason.TOO_MANY: gettext_noop("A sending limit is reached. Sending goes on when it is lifted."),
    Reason.SIGN_IN: gettext_noop("The mail server refused our sign-in. Check the mailbox settings."),
    Reason.SENDER_REFUSED: gettext_noop("The mail server does not let this mailbox send from this address."),
    Reason.RELAY_DENIED: gettext_noop("Our mail server does not pass mail on to this recipient. Check its settings."),
    Reason.POLICY: gettext_noop(
        "The recipient’s server refused the message as unwanted. The address itself may be fine."
    ),
    Reason.NETWORK: gettext_noop("The recipient’s server cannot be reached at the moment."),
    Reason.TRY_LATER: gettext_noop("The mail server asks us to try again later."),
    Reason.REFUSED: gettext_noop("The mail server refused the message."),
}

_OURS = frozenset({Reason.TOO_MANY, Reason.SIGN_IN, Reason.SENDER_REFUSED, Reason.RELAY_DENIED, Reason.POLICY})
_DEAD = frozenset({Reason.NO_SUCH_ADDRESS, Reason.NO_SUCH_DOMAIN, Reason.MAILBOX_DISABLED})
_COUNTED = frozenset({Reason.MAILBOX_FULL})

# Enhanced codes by subject and detail; the class digit only says for how long (RFC 3463 section 3).
_BY_STATUS: dict[str, Reason] = {
    "1.0": Reason.NO_SUCH_ADDRESS,
    "1.1": Reason.NO_SUCH_ADDRESS,
    "1.2": Reason.NO_SUCH_DOMAIN,
    "1.3": Reason.NO_SUCH_ADDRESS,
    "1.4": Reason.NO_SUCH_ADDRESS,
    "1.6": Reason.NO_SUCH_ADDRESS,
    "1.7": Reason.SENDER_REFUSED,
    "1.8": Reason.SENDER_REFUSED,
    "1.10": Reason.NO_SUCH_DOMAIN,
    "2.1": Reason.MAILBOX_DISABLED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LARGE,
    "3.4": Reason.TOO_LARGE,
    "4.1": Reason.NETWORK,
    "4.2": Reason.NETWORK,
    "4.3": Reason.NETWORK,
    "4.4": Reason.NETWORK,
    "4.5": Reason.TOO_MANY,
    "4.7": Reason.NETWORK,
    "5.3": Reason.TOO_MANY,
    "7.8": Reason.SIGN_IN,
    "7.9": Reason.SIGN_IN,
    "7.11": Reason.SIGN_IN,
    "7.14": Reason.SIGN_IN,
    "7.28": Reason.TOO_MANY,
    "7.57": Reason.SIGN_IN,
    "7.60": Reason.SENDER_REFUSED,
}

# What servers say where the code is missing or says little. Our own faults are looked for first: a careless
# "550 user unknown in reputation list" must not burn an address.
_BY_WORDS: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(words, re.IGNORECASE | re.VERBOSE))
    for reason, words in (
        (Reason.GREYLISTED, r"gr[ae]y-?list | try\ again\ in\ \d+\ (second|minute) | first\ time\ sender"),
        (
            Reason.POLICY,
            r"""\bspam | block(ed|list) | black-?list | deny-?list | reputation | \bdmarc | \bspf\b | \bdkim
            | polic(y|ies) | unsolicited | banned | \brbl\b | spamhaus | barracuda | reverse\ dns | \bptr\b
            | \bvirus | content\ (rejected|denied) | not\ authenticated""",
        ),
        (
            Reason.SIGN_IN,
            r"""authentication\ (required|failed) | auth(entication)?\ .*(invalid|unsuccessful)
            | must\ authenticate""",
        ),
        (
            Reason.RELAY_DENIED,
            r"relay(ing)?\ (access\ )?(is\ )?(denied|not\ permitted|not\ allowed) | unable\ to\ relay",
        ),
        (
            Reason.TOO_MANY,
            r"""too\ (many|fast) | rate\ (limit|exceed) | limit\ exceeded | throttl
            | (daily|hourly|sending).{0,20}(quota|limit)""",
        ),
        (
            Reason.MAILBOX_FULL,
            r"""(mailbox|user|account|quota|inbox).{0,30}(full|over\ ?quota|exceeded) | over\ ?quota
            | out\ of\ storage""",
        ),
        (Reason.TOO_LARGE, r"message.{0,20}(too\ (big|large)|size) | size\ limit"),
        (
            Reason.MAILBOX_DISABLED,
            r"""(account|mailbox|user|address).{0,30}
            (disabled|inactive|suspended|closed|deactivated|expired|discontinued)""",
        ),
        (
            Reason.NO_SUCH_ADDRESS,
            r"""(user|recipient|address|mailbox|account|alias).{0,40}
                (unknown|not\ (exist|found|known|valid|local|listed))
            | (user|recipient|address|mailbox|account).{0,20}
                (does\ ?n.t\ exist|invalid|unavailable:?\ no\ such)
            | (unknown|invalid|no\ such|nonexistent)\ (user|recipient|address|mailbox|account|person|local\ part)
            | no\ mailbox\ here | not\ our\ customer | utilisateur\ inconnu | adresse\ inconnue
            | n'existe\ pas""",
        ),
        (
            Reason.NO_SUCH_DOMAIN,
            r"""(domain|host)\ (name\ )?(not\ found|unknown|does\ ?n.t\ exist) | unrouteable | no\ mx
            | null\ ?mx""",
        ),
    )
)


def _reason(code: int, text: str, stage: Stage) -> Reason:
    if code < 400:
        return Reason.ACCEPTED
    if stage is Stage.AUTH or code in (530, 534, 535, 538):
        return Reason.TRY_LATER if code < 500 else Reason.SIGN_IN
    status = _status(code, text).partition(".")[2]
    said = _by_words(text)
    if status in _BY_STATUS and not (said in _OURS and stage is not Stage.RCPT):
        return _at_stage(_BY_STATUS[status], stage)
    if status.startswith("7."):
        return said if said in (Reason.GREYLISTED, *_OURS) else Reason.GREYLISTED if code == 451 else Reason.POLICY
    return _at_stage(said or _by_code(code, stage), stage)


def _by_words(text: str) -> Reason | None:
    return next((reason for reason, words in _BY_WORDS if words.search(text)), None)


def _by_code(code: int, stage: Stage) -> Reason:
    """The plain code alone (RFC 5321 section 4.2.3); a bare 550 does not say enough to burn an address."""
    match code:
        case 421 | 450 | 451:
            return Reason.TRY_LATER
        case 452 | 454:
            return Reason.TOO_MANY
        case 552:
            return Reason.TOO_LARGE if stage in (Stage.MAIL, Stage.FINAL) else Reason.MAILBOX_FULL
        case 553 if stage is Stage.RCPT:
            return Reason.NO_SUCH_ADDRESS
        case 556 if stage is Stage.RCPT:
            return Reason.NO_SUCH_DOMAIN  # RFC 7504
    return Reason.TRY_LATER if code < 500 else Reason.REFUSED


def _at_stage(reason: Reason, stage: Stage) -> Reason:
    """What is said before RCPT is about us, whatever the words."""
    before = stage not in (Stage.RCPT, Stage.DATA, Stage.FINAL)
    if not before or reason not in _DEAD | _COUNTED:
        return reason
    return Reason.SENDER_REFUSED if stage is Stage.MAIL else Reason.REFUSED


def _effect(reason: Reason, code: int) -> tuple[State, Mark]:
    if code < 400:
        return State.ACCEPTED, Mark.NONE
    if code < 500:
        return State.DEFERRED, Mark.NONE
    if reason in _DEAD:
        return State.BOUNCED, Mark.HARD
    return State.FAILED, Mark.SOFT if reason in _COUNTED else Mark.NONE


def _status(code: int, text: str) -> str:
    found = ENHANCED.match(text.strip())
    return found[1] if found and found[1][0] == str(code)[0] else f"{code // 100}.0.0"
