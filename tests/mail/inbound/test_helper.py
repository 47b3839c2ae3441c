"""Many mails are read by a process beside ours: it tells what we would have found, and its end costs nothing."""

import io
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from relance.mail.inbound import helper as beside
from relance.mail.inbound import packing
from relance.mail.inbound.classify import Kind
from relance.mail.inbound.helper import MOST_BYTES, Helper, helper
from relance.mail.inbound.parse import _split_with_care, split
from tests.mail.inbound.hostile import PAYLOADS
from tests.mail.inbound.mails import mail

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPORT = mail(
    "Undelivered", "--y\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; eve@x.example\r\n"
    "Action: failed\r\nStatus: 5.1.1\r\n\r\n--y--\r\n", Content_Type="multipart/report; boundary=y",
)  # fmt: skip
MAILS = [
    (raw, NOW)
    for raw in (
        mail("Votre offre", "Oui, volontiers.", To="Équipe <equipe@helionne.example>", In_Reply_To="<a@b.example>"),
        mail("Absence du bureau", "Ceci est une réponse automatique."),
        REPORT,
        b"",
        b"\0\xff no mail at all",
    )
]


@pytest.mark.shows("I1", "R8")
def test_a_helper_tells_what_we_would_have_found():
    with helper() as beside:
        beside.start()

        told = beside.pack(MAILS)

    own = [packing.gist(raw, arrived_at=at) for raw, at in MAILS]
    assert [each.raw for each in told] == [raw for raw, _at in MAILS]
    assert [(each.key, each.kept) for each in told] == [
        (packed.key, packed.kept) for packed in (packing.pack(raw) for raw, _at in MAILS)
    ]
    assert [(each.gist.found, each.gist.outline) for each in told] == [(each.found, each.outline) for each in own]
    assert [each.gist.mail.headers for each in told] == [each.mail.headers for each in own]
    assert told[2].gist.mail.parts == own[2].mail.parts  # of a report more is asked later


@pytest.mark.shows("R2", "R8")
def test_a_helper_that_dies_leaves_the_mails_to_us():
    with helper() as beside:
        beside.start()
        beside._process.kill()

        told = [*beside.pack(MAILS), *beside.pack(MAILS)]

    assert [each.raw for each in told] == [raw for raw, _at in MAILS] * 2
    assert {each.gist for each in told} == {None}


@pytest.mark.shows("R8")
def test_an_immense_batch_is_not_carried_to_the_helper():
    beside = Helper()

    [told] = beside.pack([(b"x" * (MOST_BYTES + 1), NOW)])

    assert (len(told.raw), told.gist) == (MOST_BYTES + 1, None)


HEADS = [
    b"From: a@x.example\nTo: b@x.example\n\nbody",
    b"From a@x.example Mon\nSubject:  one \n\ttwo\n  three \n\nbody\n\nmore",
    b"Subject: caf\xc3\xa9 \xc2\xa0\nX-Empty:\nX-Odd : 1\n\n",
    b"Subject: caf\xe9\n\nbody",
    b" begins folded\nSubject: x\n\nbody",
    b"Subject: x\nno header at all\n\nbody",
    b"Subject: a\0b\n\nbody",
    b"Subject: x\n \n\nbody",
    b"\n\nbody only",
    b"Subject: never ends",
    b"Subject: " + b"x" * 30_000 + b"\n\nbody",
    *[raw.replace(b"\r\n", b"\n") for raw, _at in MAILS],
    *[f"Subject: {payload}\nFrom: {payload}\n\n{payload}".encode() for payload in PAYLOADS],
]


@pytest.mark.shows("R5")
def test_a_well_made_head_is_read_as_with_all_care():
    starts = [whole.find(b"\n") + 1 if whole.startswith(b"From ") else 0 for whole in HEADS]

    quickly, with_care = map(split, HEADS), map(_split_with_care, HEADS, starts)

    assert list(quickly) == list(with_care)


class Evil:
    """Pickled, it is a call."""

    def __init__(self, call, *given):
        self.call, self.given = call, given

    def __reduce__(self):
        return self.call, self.given


@pytest.mark.shows("R8")
@pytest.mark.parametrize(
    ("call", "given"),
    [
        (os.system, ("true",)), (eval, ("1",)), (getattr, (datetime, "now")),
        (getattr, (Kind, "__subclasses__")), (getattr, ("x", "join")), (subprocess.Popen, (["true"],)),
        (beside.Helper, ()), (beside.pack, (b"x",)), (bytearray, (10**3,)),
    ],
)  # fmt: skip
def test_an_answer_that_names_anything_but_values_is_not_read(call, given):
    told = pickle.dumps([("key", b"kept", Evil(call, *given))])

    with pytest.raises(pickle.UnpicklingError, match="is no value"):
        beside.Answers(io.BytesIO(told)).load()


@pytest.mark.shows("R8")
def test_the_member_of_an_enum_is_read_as_debians_python_writes_it():
    told = pickle.dumps([("key", b"kept", Evil(getattr, Kind, "REPLY"))])

    assert beside.Answers(io.BytesIO(told)).load() == [("key", b"kept", Kind.REPLY)]


@pytest.mark.shows("R8")
@pytest.mark.parametrize(
    "answer", [pickle.dumps([("k", b"", Evil(os.system, "true"))]), pickle.dumps(7), b"\x80garbage", b""]
)
def test_of_a_helper_that_answers_nonsense_we_do_the_work_ourselves(answer, monkeypatch):
    said = f"import sys; sys.stdout.buffer.write({answer!r}); sys.stdout.flush(); sys.stdin.read()"
    helping = beside.Helper()
    helping._process = subprocess.Popen([sys.executable, "-c", said], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    raw = b"Subject: x\r\n\r\nHello\r\n"
    monkeypatch.setattr(beside, "SECONDS", 5.0)

    packed = helping.pack([(raw, datetime(2026, 11, 20, 9, tzinfo=UTC))])

    assert [each.key for each in packed] == [beside.pack(raw).key]
    assert helping._process is None
