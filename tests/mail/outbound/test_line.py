"""The connection of the group commit: prepared statements over libpq, and nothing between."""

from __future__ import annotations

import asyncio
import socket

import psycopg
import pytest

from relance.mail.jobs import _connector
from relance.mail.outbound.line import Line

pytestmark = pytest.mark.django_db(transaction=True)
SUM = "SELECT ($1::int + $2::int)::text, NULL::text"


def talk(conversation):
    """What is said over a line of its own."""

    async def work():
        line = Line(await _connector()())
        try:
            return await conversation(line)
        finally:
            await line.close()

    return asyncio.run(work())


@pytest.mark.shows("S3")
def test_a_statement_gives_its_rows_as_text():
    async def conversation(line):
        return [await line.run(SUM, "1", "2"), await line.run(SUM, "3", "4")]

    assert talk(conversation) == [[(b"3", None)], [(b"7", None)]]


@pytest.mark.shows("S3")
def test_statements_can_be_planned_anew_any_number_of_times():
    async def conversation(line):
        found = []
        for number in range(3):
            found += await line.run(SUM, str(number), "1")
            found += await line.run("SELECT $1::text", "x")
            await line.forget()
        return found

    assert talk(conversation) == [(b"1", None), (b"x",), (b"2", None), (b"x",), (b"3", None), (b"x",)]


@pytest.mark.shows("D14")
def test_a_refused_statement_says_why_and_the_line_goes_on():
    async def conversation(line):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await line.run("SELECT (1 / $1::int)::text", "0")
        return await line.run(SUM, "1", "1")

    assert talk(conversation) == [(b"2", None)]


@pytest.mark.shows("D13")
def test_a_line_that_is_cut_says_so():
    async def conversation(line):
        with pytest.raises(psycopg.OperationalError):
            await line.run("SELECT pg_terminate_backend(pg_backend_pid())::text")
        return line.is_open

    assert talk(conversation) is False


@pytest.mark.shows("S3")
def test_a_statement_larger_than_the_socket_takes_at_once_arrives_whole():
    async def conversation(line):
        [[length]] = await line.run("SELECT length($1)::text", "x" * 5_000_000)
        return length

    assert talk(conversation) == b"5000000"


@pytest.mark.shows("D13")
def test_a_line_that_was_cut_says_so_and_leaves_the_number_of_its_socket_to_others():
    async def conversation(line):
        [[pid]] = await line.run("SELECT pg_backend_pid()::text")
        other = Line(await _connector()())
        await other.run("SELECT pg_terminate_backend($1::int)::text", pid.decode())
        await other.close()
        while line.is_open:
            await asyncio.sleep(0.01)
        with pytest.raises(psycopg.OperationalError):
            await line.run(SUM, "1", "1")
        with socket.create_server(("127.0.0.1", 0)) as server:  # gets the number that libpq has given back
            reader, writer = await asyncio.open_connection(*server.getsockname())
            await line.close()
            writer.close()
        return reader

    assert talk(conversation)
