"""Generates the function that writes one recipient's copy: its body is a single ``b"".join``. *(pure)*

Literal bytes are encoded here, once. A value stands between two soft line breaks, so no value can push a line past
the 76th column; most values are short ASCII and skip all escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from relance.mail.outbound.contexts import Context, escaper
from relance.mail.outbound.envelope import Envelope
from relance.mail.outbound.formats import FieldKind, Reader, Value
from relance.mail.outbound.placeholders import Slot
from relance.mail.outbound.quoted import SOFT_BREAK, encode, encode_value

SHORT = 60
"""Characters of a value that is worth remembering."""
Get = Callable[[str], Value]
Render = Callable[[Get, Envelope], bytes]

# Harmless in text and in HTML, in a line of its own, and quoted-printable as it stands.
_SAFE = re.compile(r"(?!From )[A-Za-z0-9][A-Za-z0-9 ,;:!?()*/+#%~$^|\[\]{}@_.-]{0,70}")
_FREE = (Context.PLAIN, Context.TEXT, Context.ATTRIBUTE)


class Writer:
    """Collects the pieces of a message in order, then makes the function."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pieces: list[bytes | str] = []  # literal bytes, or the name of a local variable or a call
        self._names: dict[str, object] = {"join": b"".join, "safe": _SAFE.fullmatch}
        self._slots: dict[tuple[str, FieldKind, str, str], tuple[Slot, dict[Context, str]]] = {}
        self._locals: dict[str, str] = {}  # expression -> local variable

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

    def call(self, function: Callable[[Envelope], bytes]) -> None:
        """Bytes that a function of the envelope gives."""
        self._pieces.append(f"{self._named(function)}(e)")

    def call_with_values(self, function: Callable[[Get], bytes]) -> None:
        """Bytes that a function of the values gives."""
        self._pieces.append(f"{self._named(function)}(get)")

    def expression(self, expression: str) -> None:
        """A piece made by ``token`` or ``value``, in a header: no soft breaks around it."""
        self._pieces.append(expression)

    def token(self, sign: Callable[[int, int, int], bytes], kind: int, whose: str, link: int = 0) -> str:
        """The variable of a token; the same token is signed once in a copy. ``whose`` is an envelope's attribute."""
        return self._local(f"{self._named(sign)}({kind:d}, e.{whose}, {link:d})")

    def value(self, slot: Slot, context: Context) -> str:
        """The variable of a field's value in a context."""
        key = (slot.name, slot.kind, slot.format, slot.fallback)
        contexts = self._slots.setdefault(key, (slot, {}))[1]
        return contexts.setdefault(context, f"x{list(self._slots).index(key)}_{context.value}")

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
        """The finished function of ``get`` (a mapping's ``get``) and an envelope."""
        lines = [f"    {line}" for line in (*self._value_lines(), *self._local_lines())]
        pieces = [self._named(p) if isinstance(p, bytes) else p for p in self._pieces]
        source = "\n".join(["def render(get, e):", *lines, f"    return join(({', '.join(pieces)},))"])
        exec(compile(source, "<content>", "exec"), self._names)  # nothing of the template is in the source but reprs
        return cast(Render, self._names["render"])

    def _value_lines(self) -> list[str]:
        lines: list[str] = []
        for slot, contexts in self._slots.values():
            lines += self._lines_of(slot, contexts)
        return lines

    def _lines_of(self, slot: Slot, contexts: dict[Context, str]) -> list[str]:
        words = self._named(lambda value, slot=slot: slot.words(value, self._reader))
        escaped = {
            context: f"{variable} = {self._named(_written(escaper(context, slot.kind)))}(w)"
            for context, variable in contexts.items()
        }
        free = [contexts[context] for context in contexts if context in _FREE]
        is_plain = slot.kind is FieldKind.TEXT and not slot.format
        lines = [f"w = get({slot.name!r})" if is_plain else f"w = {words}(get({slot.name!r}))"]
        if free:
            lines += ["if type(w) is str and safe(w):", f"    {' = '.join(free)} = w.encode()", "else:"]
            lines += [f"    w = {words}(w)"] if is_plain else []
            lines += [f"    {escaped[context]}" for context in contexts if context in _FREE]
        rest = [escaped[context] for context in contexts if context not in _FREE]
        if rest and is_plain:
            lines.append(f"w = {words}(w)")
        return lines + rest

    def _local_lines(self) -> list[str]:
        return [f"{name} = {expression}" for expression, name in self._locals.items()]

    def _local(self, expression: str) -> str:
        return self._locals.setdefault(expression, f"t{len(self._locals)}")

    def _named(self, thing: object) -> str:
        for name, known in self._names.items():
            if known is thing:
                return name
        name = f"g{len(self._names)}"
        self._names[name] = thing
        return name


@lru_cache(maxsize=64)
def _written(escape: Callable[[str], str]) -> Callable[[str], bytes]:
    """How a field's words are written in one kind of place; many people share a town, a title, a first name."""

    def written(words: str) -> bytes:
        return encode_value(escape(words))

    known = lru_cache(maxsize=1024)(written)
    return lambda words: known(words) if len(words) <= SHORT else written(words)


class Variable:
    """A local variable of the generated function, standing in a body."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
