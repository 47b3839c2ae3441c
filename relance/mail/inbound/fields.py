"""Single header fields and texts of incoming mail, read as far as they make sense; nothing here raises. *(pure)*"""

from __future__ import annotations

import re
from binascii import Error as BadEncoding
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses
from functools import lru_cache
from html import unescape
from urllib.parse import unquote_to_bytes

LONGEST_HEADER = 20_000
NO_CHARSETS = ("unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode")  # of Python's own

Headers = tuple[tuple[str, str], ...]


def charset_text(data: bytes, charset: str) -> str:
    """Bytes as text, by the charset that is named, else by what they look like; never raises (R7)."""
    named = charset.strip("\"' ").lower().replace("-", "_")
    for name in (named if named not in NO_CHARSETS else "utf-8", "utf-8"):
        try:
            return data.decode(name).replace("\0", "")
        except (LookupError, UnicodeError, ValueError, TypeError):
            continue
    return data.decode("cp1252", "replace").replace("\0", "")


def content_type_of(headers: Headers) -> tuple[str, dict[str, str]]:
    """`text/plain` and its parameters; `text/plain` also where it makes no sense (RFC 2045, section 5.2)."""
    content_type, parameters = _typed(first(headers, "content-type"))
    return content_type, dict(parameters)


@lru_cache(maxsize=500)
def _typed(value: str) -> tuple[str, dict[str, str]]:
    name, _, rest = value.partition(";")
    content_type = name.strip().lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", content_type):
        content_type = "text/plain"
    return content_type, _parameters(rest)


def disposition_of(headers: Headers) -> tuple[str, dict[str, str]]:
    """`attachment` and its parameters (RFC 2183); an empty word where nothing is said."""
    value, _, rest = first(headers, "content-disposition").partition(";")
    if not value:
        return "", {}
    return value.strip().lower(), _parameters(rest)


def file_name(written: str) -> str:
    """The name of a file as people read it: encoded words and percent signs read, no path, nothing invisible."""
    if not written:
        return ""
    name = decoded(written)
    if marked := re.fullmatch(r"([\w-]{1,40})'[\w-]{0,20}'(.*)", name, re.DOTALL):  # RFC 2231
        name = charset_text(unquote_to_bytes(marked[2]), marked[1])
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(letter for letter in name if letter.isprintable() and letter not in "\u202e\u202d\u2066\u2067")
    return name.strip(" .")[:180]


_PARAMETER = re.compile(r""";?\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""")


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(text[:LONGEST_HEADER]):
        found.setdefault(name.lower().split("*")[0], re.sub(r"\\(.)", r"\1", quoted) or bare.strip())
    return found


def first(headers: Headers, name: str) -> str:
    for known, value in headers:
        if known == name:
            return value
    return ""


def decoded(value: str) -> str:
    """A header with its encoded words read (RFC 2047); as it stands where they cannot be."""
    return _decoded(value) if "=?" in value else value


@lru_cache(maxsize=2_000)
def _decoded(value: str) -> str:
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, LookupError, BadEncoding):
        return value
    return "".join(charset_text(text, name or "ascii") if isinstance(text, bytes) else text for text, name in pieces)


_SIMPLE = re.compile(
    r'\s*(?:(?:([^\W\d_][\w -]*)|"([^"\\]*)")\s*<([\w.+=-]+@[\w-]+(?:\.[\w-]+)+)>|([\w.+=-]+@[\w-]+(?:\.[\w-]+)+))\s*'
)
"""One address in its plainest form, as nearly all are; what else stands in a header is read with more care."""


def pairs_in(values: Sequence[str]) -> list[tuple[str, str]]:
    """The names and addresses of header values, in their order; nothing where they make no sense."""
    if len(values) == 1 and len(values[0]) < 500 and (found := _SIMPLE.fullmatch(values[0])):
        return [((found[1] or found[2] or "").strip(), found[3] or found[4])]
    return list(_carefully(tuple(value[:LONGEST_HEADER] for value in values)))


@lru_cache(maxsize=2_000)
def _carefully(values: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    try:
        return getaddresses(list(values))
    except (ValueError, IndexError, RecursionError):
        return ()


def addresses_in(values: Sequence[str]) -> list[str]:
    """The bare addresses of header values, in their order."""
    if not values:
        return []
    found = [address for _, address in pairs_in(values)]
    if not any("@" in address for address in found):
        found = re.findall(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+", " ".join(values)[:2_000])
    return [address for address in found if "@" in address]


def message_ids(value: str) -> list[str]:
    """The `<left@right>` of a header; one without brackets, or with comments, is taken as it can be (R5)."""
    value = value[:LONGEST_HEADER]
    found = re.findall(r"<[^<>\s]{1,900}>", value)
    if found or not value.strip():
        return found[:100]
    bare = re.sub(r"\([^()]*\)", "", value).split()
    return [f"<{word.strip('<>')}>" for word in bare if "@" in word and len(word) < 900][:100]


def without_tags(html: str) -> str:
    """The words of HTML, roughly: to look for phrases, not to show."""
    html = "".join(_outside_scripts(html))
    html = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*>", "\n", html)
    return unescape(re.sub(r"<[^<>]*>", " ", html))


def _outside_scripts(html: str) -> Iterator[str]:
    small, start = html.lower(), 0
    for found in re.finditer(r"<(script|style)\b", small):
        if found.start() < start:
            continue
        yield html[start : found.start()]
        end = small.find(f"</{found[1]}", found.end())
        if end < 0:
            return
        start = end
    yield html[start:]
