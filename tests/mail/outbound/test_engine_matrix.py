"""Every stage of SMTP times every fault: 108 cases, each with its prescribed end, counted at the relay (G4, D6 to D9).

a code of the mailbox   it rests and says why; the copy waits, untouched before its content; then it is sent, once
deferred                an attempt is counted; later it is sent, once
failed                  for good; the relay has nothing
unknown, unknown?       never sent again by itself; the relay has one copy, or perhaps none
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from relance.mail.models import Mailbox, Message, Recipient
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.mail.transport.outcome import Stage
from tests.mail.certificates import Certificates
from tests.mail.outbound.engine import PAST, QUICK, dispatcher, launched, mailbox, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.shows("G4", "D6", "D7", "D8", "D9"),
]
TABLE = """
          451       421   554                   close    reset    half-close  hang         drip         garbage   wrong-code  long-line  endless
connect   busy      busy  turned-away           closed   closed   closed      no-greeting  no-greeting  not-smtp  not-smtp    not-smtp   not-smtp
ehlo      busy      busy  turned-away           closed   closed   closed      timeout      timeout      not-smtp  not-smtp    not-smtp   not-smtp
starttls  busy      busy  starttls-not-offered  closed   closed   closed      timeout      timeout      not-smtp  not-smtp    not-smtp   not-smtp
auth      busy      busy  password-refused      closed   closed   closed      timeout      timeout      not-smtp  not-smtp    not-smtp   not-smtp
mail      busy      busy  failed                deferred deferred deferred    deferred     deferred     deferred  deferred    deferred   deferred
rcpt      deferred  busy  failed                deferred deferred deferred    deferred     deferred     deferred  deferred    deferred   deferred
data      deferred  busy  failed                deferred deferred deferred    deferred     deferred     deferred  deferred    deferred   deferred
content   deferred  busy  failed                unknown? unknown? unknown?    unknown?     unknown?     unknown?  unknown?    unknown?   unknown?
dot       deferred  busy  failed                unknown  unknown  unknown     unknown      unknown      unknown   unknown     unknown    unknown
"""  # noqa: E501  a table
REPLIES = {"451": "451 4.3.0 Later", "421": "421 4.3.2 Closing", "554": "554 5.6.0 No"}
COLUMNS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
PRESCRIBED = {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in ROWS}
SHORT = replace(QUICK, patience=dict.fromkeys(Stage, 2.0))
ENDS = ("sent", "failed", "unknown")


def script_of(stage: str, fault: str, certificates: Certificates) -> Script:
    """A relay that commits this fault at this stage each time."""
    at = At(stage)
    if fault in REPLIES:
        closes = fault == "421" or at is At.CONTENT
        struck = Fault(at=at, do=Do.REPLY_AND_CLOSE if closes else Do.REPLY, reply=REPLIES[fault], times=None)
    else:
        struck = Fault(at=at, do=Do(fault), times=None)
    return Script(
        faults=(struck,),
        users={"claire": ""} if at is At.AUTH else {},
        tls=certificates.server() if at is At.STARTTLS else None,
    )


def send_by(relay: FakeRelay, stage: str, number: int, certificates: Certificates) -> Message:
    """One mail by a mailbox of its own."""
    signs = {"username": "claire"} if stage == "auth" else {}
    protected = {"security": "starttls", "ca_file": certificates.ca_file} if stage == "starttls" else {}
    box = mailbox(relay.port, name=f"Box {number}", address=f"box{number}@helionne.test", connections=1,
                  **signs, **protected)  # fmt: skip
    return launched(box, 1, start=number, key=f"personal:{number}", kind="personal")


def met(message: Message) -> str:
    """What has become visible of the fault: the copy's new state, else the mailbox's code; empty at first."""
    copy = Recipient.objects.get(message=message)
    if copy.state in (*ENDS, "deferred"):
        return copy.state
    return Mailbox.objects.get(messages=message).state_code


def ended(message: Message) -> str:
    """Its end, once it has come; a copy that was put off is due at once."""
    Recipient.objects.filter(message=message, state="deferred").update(next_attempt_at=PAST)
    state = Recipient.objects.get(message=message).state
    return state if state in ENDS else ""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("stage", PRESCRIBED)
def test_each_fault_at_a_stage_ends_as_prescribed_and_holds_up_nobody_else(stage, certificates):
    with ExitStack() as open_relays:
        relays, mails = {}, {}
        for number, fault in enumerate(COLUMNS):
            relays[fault] = open_relays.enter_context(FakeRelay(script_of(stage, fault, certificates)))
            mails[fault] = send_by(relays[fault], stage, number, certificates)
        well = open_relays.enter_context(FakeRelay())
        beside = send_by(well, "", 99, certificates)

        with dispatcher(SHORT):
            assert until(lambda: ended(beside)) == "sent"
            first = {fault: until(lambda f=fault: met(mails[f])) for fault in COLUMNS}
            attempts = {fault: Recipient.objects.get(message=mails[fault]).attempts for fault in COLUMNS}
            for relay in relays.values():
                relay.script = replace(relay.script, faults=())
                relay.cut()
            end = {fault: until(lambda f=fault: ended(mails[f]), 60) for fault in COLUMNS}

        prescribed = {fault: word.rstrip("?") for fault, word in PRESCRIBED[stage].items()}
        copies = {fault: len(relays[fault].mails) for fault in COLUMNS}
        assert first == prescribed
        assert end == {fault: word if word in ENDS else "sent" for fault, word in prescribed.items()}
        for fault, word in PRESCRIBED[stage].items():
            assert copies[fault] in {"failed": (0,), "unknown?": (0, 1)}.get(word, (1,)), fault
            is_counted = prescribed[fault] in (*ENDS, "deferred") or stage in ("content", "dot")
            assert (attempts[fault] > 0) == is_counted, fault


def test_the_matrix_is_whole():
    assert sum(len(faults) for faults in PRESCRIBED.values()) == 108
    assert set(COLUMNS) == {*REPLIES, *(do.value for do in Do if do not in (Do.REPLY, Do.REPLY_AND_CLOSE))}
