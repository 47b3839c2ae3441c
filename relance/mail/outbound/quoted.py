"""Quoted-printable (RFC 2045 section 6.7) that nothing after it needs to look at again. *(pure)*

Lines of at most 76 characters, CRLF only, no line that begins with a dot (so SMTP needs no dot-stuffing) or
with ``From`` and a space (so no mail store changes it).

    >>> encode("Hélène = 1.\\n.")
    b'H=C3=A9l=C3=A8ne =3D 1.\\r\\n=2E'
"""

from __future__ import annotations

import re
from binascii import b2a_qp

SOFT_BREAK = b"=\r\n"
_ROOM = 75  # the 76th character is for the soft break's equals sign
_TOKENS = [bytes([b]) if b in b"\t " or (33 <= b <= 126 and b != 61) else b"=%02X" % b for b in range(256)]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


def clean(text: str) -> str:
    """Text fit for a mail: line ends as ``\\n``, no control characters, no half of a surrogate pair (D24)."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))


def encode(text: str) -> bytes:
    """Clean text as quoted-printable; begins at the start of a line and ends without a line end."""
    return b"\r\n".join(_line(line.encode("utf-8")) for line in text.split("\n"))


def encode_value(text: str) -> bytes:
    """The same for a short value, with the C encoder where its answer is one harmless line."""
    if len(text) < _ROOM and "\n" not in text and not text.startswith((".", "From ")):
        encoded = b2a_qp(text.encode("utf-8"), istext=False)
        if len(encoded) <= _ROOM:
            return encoded
    return encode(text)


def _line(raw: bytes) -> bytes:
    tokens = [_TOKENS[byte] for byte in raw]
    if tokens and tokens[-1] in (b" ", b"\t"):
        tokens[-1] = b"=%02X" % raw[-1]
    lines: list[bytes] = []
    line: list[bytes] = []
    used = 0
    for place, token in enumerate(tokens):
        if used + len(token) > _ROOM:
            lines.append(b"".join(line))
            line, used = [], 0
        if not used and (token == b"." or raw.startswith(b"From ", place)):
            token = b"=%02X" % raw[place]
        line.append(token)
        used += len(token)
    lines.append(b"".join(line))
    return SOFT_BREAK.join(lines)
