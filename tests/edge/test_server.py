"""The edge's server against whatever strangers send: answers in order, limits, and nothing that breaks out (T8)."""

import asyncio
import re

import pytest

from relance.edge import server
from relance.edge.line import LONGEST_BODY, LONGEST_HEAD, Line
from relance.edge.server import Server

pytestmark = pytest.mark.shows("T8")
GIF = b"GIF89a"
GET = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


class App:
    """Says what it was asked; `/o/` is an opening, whose image waits for a turn of the loop."""

    IMAGE = (200, [("content-type", "image/gif")], GIF)

    def quickly(self, _request, done):
        asyncio.get_running_loop().call_soon(done, True)

    async def __rsgi__(self, scope, answer):
        if scope.path == "/error":
            raise LookupError
        if scope.path == "/lines":
            return answer.response_str(200, [("location", "x\r\nset-cookie: y")], "")
        if scope.path == "/stream":
            stream = answer.response_stream(200, [])
            await stream.send_str("bit")
            await stream.send_str("by bit")
            return None
        await asyncio.sleep(0)
        body = b"".join([piece async for piece in answer])
        return answer.response_bytes(
            200, [], f"{scope.method} {scope.path} {scope.headers.get('x-forwarded-for')} {body.decode()}".encode()
        )


def say(*pieces, app=None, pause=0.0):
    """Send these pieces over one connection and end; everything that comes back."""

    async def talk():
        loop = asyncio.get_running_loop()
        serving = Server(app or App(), loop)
        listening = await loop.create_server(lambda: Line(serving), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        heard = b""
        try:
            while piece := await asyncio.wait_for(reader.read(65536), 0.15):
                heard += piece
            is_closed = True
        except TimeoutError:
            is_closed = False
        except ConnectionError:
            is_closed = True
        writer.close()
        serving.ticking.cancel()
        listening.close()
        return heard, is_closed

    return asyncio.run(talk())


def statuses(heard):
    return [int(found) for found in re.findall(rb"HTTP/1.1 (\d+) ", heard)]


def test_requests_that_are_sent_ahead_are_answered_in_their_order():
    heard, is_closed = say(b"".join(GET % path for path in (b"a", b"o/1", b"b", b"error2", *[b"o/2"] * 40, b"c")))

    assert statuses(heard) == [200] * 45
    assert [body for body in re.findall(rb"GET /\w+|GIF89a", heard) if body != GIF] == [
        b"GET /a", b"GET /b", b"GET /error2", b"GET /c",
    ]  # fmt: skip
    assert heard.index(b"GET /a") < heard.index(GIF) < heard.index(b"GET /b")
    assert not is_closed


def test_a_request_may_come_byte_by_byte():
    heard, _ = say(*[bytes([letter]) for letter in GET % b"slow"], pause=0.001)

    assert statuses(heard) == [200]
    assert b"GET /slow" in heard


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
    ],
)
def test_a_body_is_read_whole_and_what_follows_it_is_no_header(body):
    heard, _ = say(b"POST /form HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n" + body)

    assert heard.endswith(b"POST /form 1.1.1.1, 2.2.2.2 hello")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, 400),  # TLS
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: a\r\n b\x00\r\n\r\n", 400),
        (b"GET /" + b"a" * (LONGEST_HEAD + 9), 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (LONGEST_HEAD // 5), 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n" + b"a" * (LONGEST_BODY + 9), 413),
    ],
)
def test_what_is_no_request_or_too_long_is_refused_and_let_go(sent, status):
    heard, is_closed = say(sent)

    assert statuses(heard) == [status]
    assert is_closed


def test_nonsense_after_a_request_does_not_take_its_answer_away():
    heard, is_closed = say(GET % b"a" + b"\x00\x00\x00")

    assert statuses(heard) == [200]
    assert is_closed


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a HTTP/1.0\r\n\r\n", b"GET /o/1 HTTP/1.0\r\n\r\n", b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\nmore",
    ],
)  # fmt: skip
def test_who_wants_no_more_is_answered_and_let_go(head):
    heard, is_closed = say(head)

    assert statuses(heard) == [200]
    assert b"connection: close" in heard
    assert is_closed


def test_the_length_of_a_body_is_told_but_not_sent_for_head():
    heard, is_closed = say(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", GET % b"b")

    assert statuses(heard) == [200, 200]
    assert b"content-length: 9\r\n" in heard
    assert b"HEAD /a" not in heard
    assert not is_closed


@pytest.mark.parametrize("path", [b"error", b"lines"])
def test_a_failure_and_a_header_that_would_break_out_are_an_error_without_a_word_of_either(path, caplog):
    heard, is_closed = say(GET % path)

    assert statuses(heard) == [500]
    assert b"cookie" not in heard
    assert is_closed
    assert "a request was not answered" in caplog.text


def test_a_stream_comes_bit_by_bit():
    heard, _ = say(GET % b"stream")

    assert heard.endswith(b"\r\n\r\n3\r\nbit\r\n6\r\nby bit\r\n0\r\n\r\n")


def test_whoever_is_silent_is_let_go_and_whoever_is_one_too_many(monkeypatch):
    monkeypatch.setattr(server, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(server, "HEAR_SECONDS", 0.05)
    assert say(b"GET / HT") == (b"", True)

    monkeypatch.setattr(server, "_lines_at_most", lambda: 0)
    assert say(GET % b"a") == (b"", True)
