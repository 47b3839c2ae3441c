"""Generates the function that writes one recipient's copy: its body is a single ``b"".join``. *(pure)*

Literal bytes are encoded here, once. A value stands between two soft line breaks, so no value can push a line past
the 76th column; most values are short ASCII and skip all escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Protocol, cast

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.outbound import headers
from relance.mail.outbound.contexts import Context, escaper
from relance.mail.outbound.envelope import Letterhead
from relance.mail.outbound.formats import FieldKind, Reader, Value
from relance.mail.outbound.placeholders import Slot
from relance.mail.outbound.quoted import SOFT_BREAK, encode, encode_value

SHORT = 60
"""Characters of a value that is worth remembering."""
MOST_KNOWN = 512
"""Values of one field that are remembered."""
Get = Callable[[str], Value]


class Render(Protocol):
    """What is generated."""

    def __call__(
        self, get: Get, head: Letterhead, to: bytes, message_id: bytes, recipient_id: int, unsubscribe: bytes, /
    ) -> bytes:
        """One copy. `get` gives the values of fields; `to` is the whole header line, `unsubscribe` the second target
        of List-Unsubscribe (`envelope.by_mail`)."""


# Harmless in text and in HTML, in a line of its own, and quoted-printable as it stands.
_SAFE = re.compile(r"(?!From )[A-Za-z0-9][A-Za-z0-9 ,;:!?()*/+#%~$^|\[\]{}@_.-]{0,70}")
_FREE = (Context.PLAIN, Context.TEXT, Context.ATTRIBUTE)
_IN_HEADER = "words"
"""A place for words that are not encoded yet, beside those of `Context`."""


class Writer:
    """Collects the pieces of a message in order, then makes the function."""

    def __init__(self, reader: Reader, key: bytes) -> None:
        self._reader, self._key = reader, key
        self._pieces: list[bytes | str] = []  # literal bytes, or an expression
        self._names: dict[str, object] = {"join": b"".join, "text": headers.text, "together": "".join}
        self._slots: dict[tuple[str, FieldKind, str, str], tuple[Slot, dict[str, str]]] = {}
        self._tokens: dict[tuple[Kind, int], int] = {}  # kind and link number -> number of its variable
        self._anonymous: dict[tuple[Kind, int], int] = {}

    def raw(self, data: bytes) -> None:
        """Bytes that are the same in every copy."""
        if self._pieces and isinstance(self._pieces[-1], bytes):
            self._pieces[-1] += data
        else:
            self._pieces.append(data)

    def end_line(self) -> None:
        """A line end, unless there is one."""
        last = self._pieces[-1] if self._pieces else b""
        if isinstance(last, str) or not last.endswith(b"\r\n") or last.endswith(SOFT_BREAK):
            self.raw(b"\r\n")

    def head(self) -> None:
        """The lines that the envelope decides."""
        self._pieces += ["head.above", "to", "head.between", "message_id", "head.below"]

    def text(self, name: str, pieces: Iterable[str | Slot]) -> None:
        """A header of text and fields."""
        parts = [self._words(piece) if isinstance(piece, Slot) else self._named(piece) for piece in pieces]
        self._pieces.append(f"text({name!r}, together(({''.join(f'{part}, ' for part in parts)})))")

    def expression(self, expression: str) -> None:
        """A piece made by ``token``, or the name of an argument: no soft breaks around it."""
        self._pieces.append(expression)

    def token(self, kind: Kind, link: int, *, is_anonymous: bool) -> str:
        """The variable of a token: all of a copy are signed in one stroke, those that name nobody once for many."""
        prefix, wanted = ("a", self._anonymous) if is_anonymous else ("t", self._tokens)
        return f"{prefix}{wanted.setdefault((kind, link), len(wanted))}"

    def value(self, slot: Slot, context: Context) -> str:
        """The variable of a field's value in a context."""
        return self._placed(slot, context)

    def body(self, items: Iterable[str | Variable]) -> None:
        """Text and variables as quoted-printable."""
        text = ""
        for item in items:
            if isinstance(item, Variable):
                self.raw(encode(text) + SOFT_BREAK)
                self._pieces.append(item.name)
                self.raw(SOFT_BREAK)
                text = ""
            else:
                text += item
        self.raw(encode(text))

    def function(self) -> Render:
        """The finished function."""
        lines = [f"    {line}" for line in (*self._value_lines(), *self._token_lines())]
        pieces = [self._named(p) if isinstance(p, bytes) else p for p in self._pieces]
        head = "def render(get, head, to, message_id, recipient_id, unsubscribe):"
        source = "\n".join([head, *lines, f"    return join(({', '.join(pieces)},))"])
        exec(compile(source, "<content>", "exec"), self._names)  # nothing of the template is in the source but reprs
        return cast(Render, self._names["render"])

    def _words(self, slot: Slot) -> str:
        return self._placed(slot, _IN_HEADER)

    def _placed(self, slot: Slot, place: str) -> str:
        key = (slot.name, slot.kind, slot.format, slot.fallback)
        places = self._slots.setdefault(key, (slot, {}))[1]
        return places.setdefault(place, f"x{list(self._slots).index(key)}_{place}")

    def _value_lines(self) -> list[str]:
        """All places of a field in one look: `x0_plain, x0_text, = g3[get('Person.firstName')]`."""
        return [
            f"{''.join(f'{variable}, ' for variable in places.values())}= "
            f"{self._named(Known(slot, self._reader, places))}[get({slot.name!r})]"
            for slot, places in self._slots.values()
        ]

    def _token_lines(self) -> Iterator[str]:
        """`t0, t1, = g5(recipient_id)`."""
        if self._tokens:
            yield self._signed(self._tokens, "t", tokens.sheet(self._key, tuple(self._tokens)), "recipient_id")
        if self._anonymous:
            sheet = lru_cache(maxsize=8)(tokens.sheet(self._key, tuple(self._anonymous)))
            yield self._signed(self._anonymous, "a", sheet, "head.content_id")

    def _signed(self, wanted: Iterable[object], prefix: str, sheet: tokens.Sheet, whose: str) -> str:
        names = "".join(f"{prefix}{place}, " for place, _ in enumerate(wanted))
        return f"{names}= {self._named(sheet)}({whose})"

    def _named(self, thing: object) -> str:
        for name, known in self._names.items():
            if known is thing:
                return name
        name = f"g{len(self._names)}"
        self._names[name] = thing
        return name


Written = tuple[bytes | str, ...]


class Known(dict[Value, Written]):
    """How the values of one field are written in each of its places: many people share a town, a title, a name."""

    def __init__(self, slot: Slot, reader: Reader, places: Iterable[str]) -> None:
        super().__init__()
        self._slot, self._reader = slot, reader
        self._places = tuple(places)
        self._write = [_writer(place, slot.kind) for place in self._places]
        # Words that stand as they are, encoded everywhere but in a header.
        self._is_free = (
            slot.kind is FieldKind.TEXT
            and not slot.format
            and all(place == _IN_HEADER or place in _FREE for place in self._places)
        )

    def __missing__(self, value: Value) -> Written:
        if type(value) is not str:
            return self._written(value)
        if self._is_free and _SAFE.fullmatch(value):
            encoded = value.encode()
            written: Written = tuple([value if place == _IN_HEADER else encoded for place in self._places])
        else:
            written = self._written(value)
        if len(value) <= SHORT:
            if len(self) >= MOST_KNOWN:
                self.clear()
            self[value] = written
        return written

    def _written(self, value: Value) -> Written:
        words = self._slot.words(value, self._reader)
        return tuple([write(words) for write in self._write])


@lru_cache(maxsize=64)
def _writer(place: str, kind: FieldKind) -> Callable[[str], bytes | str]:
    """What writes a field's words in one kind of place."""
    if place == _IN_HEADER:
        return escaper(Context.PLAIN, kind)
    escape = escaper(Context(place), kind)
    if place in _FREE:
        return lambda words: words.encode() if _SAFE.fullmatch(words) else encode_value(escape(words))
    return lambda words: encode_value(escape(words))


class Variable:
    """A local variable of the generated function, standing in a body."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
