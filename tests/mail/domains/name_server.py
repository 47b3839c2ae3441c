"""A name server on this machine that answers from a table; what is not in it does not exist."""

import socket
import threading
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

IN_ORDER = {
    ("helionne.example", "TXT"): ("v=spf1 a:relay.example.net -all",),
    ("helionne.example", "MX"): ("10 mx.helionne.example.",),
    ("relay.example.net", "A"): ("192.0.2.7",),
    ("_dmarc.helionne.example", "TXT"): ("v=DMARC1; p=reject",),
    ("s1._domainkey.helionne.example", "TXT"): ("v=DKIM1; k=ed25519; p=abcd",),
}
"""What is published for a domain in order."""
SILENT, BROKEN = "silent", "broken"


@contextmanager
def name_server(table):
    """Answer `(name, kind)` with its texts, with nothing (SILENT), or with a failure (BROKEN); gives host:port."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))
    serving = threading.Thread(target=_serve, args=(door, table))
    serving.start()
    try:
        yield "{}:{}".format(*door.getsockname())
    finally:
        door.sendto(b"", door.getsockname())
        serving.join()
        door.close()


def _serve(door, table):
    while True:
        wire, asker = door.recvfrom(4096)
        if not wire:
            return
        answer = _answer(dns.message.from_wire(wire), table)
        if answer is not None:
            door.sendto(answer.to_wire(), asker)


def _answer(asked, table):
    question = asked.question[0]
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    told = table.get((name, kind), ())
    if told == SILENT:
        return None
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    if told == BROKEN:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif told:
        values = [_quoted(each) if kind == "TXT" else each for each in told]
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
    elif not any(known == name for known, _kind in table):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer


def _quoted(text):
    """In pieces of 200 characters, as long keys are published."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
