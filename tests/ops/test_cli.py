"""The command line reads well, refuses in one sentence, and finds the right data folder."""

from __future__ import annotations

import argparse
import io
from datetime import timedelta
from pathlib import Path

import pytest

from relance.ops import cli, surroundings
from relance.ops.command import Refused
from relance.ops.commands import clock, up
from relance.ops.commands.up import box
from relance.ops.progress import Progress


def test_help_names_every_command_by_group_with_examples(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])

    text = capsys.readouterr().out
    assert end.value.code == 0
    assert all(f"\n  {name:<12}" in text for name in ("up", "demo", "worker", "doctor", "user", "token", "clock"))
    assert "relance token create --user ada@example.org" in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("command", [each.name for each in cli.every_command()])
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])

    assert end.value.code == 0
    assert f"usage: relance {command}" in capsys.readouterr().out


def test_the_data_folder_can_be_named_before_and_after_a_verb():
    parser = cli.parser()

    after = parser.parse_args(["token", "create", "--user", "a@b.example", "--data", "/x"])
    before = parser.parse_args(["token", "--data", "/x", "create", "--user", "a@b.example"])
    without = parser.parse_args(["token", "create", "--user", "a@b.example"])

    assert (after.data, before.data, without.data) == (Path("/x"), Path("/x"), None)


def test_a_refusal_is_one_sentence_on_the_error_output(monkeypatch, capsys, tmp_path):
    def refuse(_options: argparse.Namespace) -> int:
        raise Refused("The relay is on holiday. Try on Monday.")

    monkeypatch.setattr(cli, "read_environment", lambda: None)
    monkeypatch.setattr(cli, "parser", lambda: _parser_of(refuse))

    assert cli.main([]) == 1
    assert capsys.readouterr().err == "relance: The relay is on holiday. Try on Monday.\n"


def _parser_of(run) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.set_defaults(run=run)
    return parser


@pytest.mark.shows("ADM-06")
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1d6h", timedelta(days=1, hours=6)),
        ("90m", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_spans_of_time_are_written_as_people_say_them(text, meant):
    assert clock.span(text) == meant


@pytest.mark.parametrize("text", ["", "3", "d", "-1d", "3 days", "1d-6h", "1.5d"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="write 3d"):
        clock.span(text)


@pytest.fixture
def no_choice(monkeypatch, tmp_path):
    """A user who has set nothing: the real home and the demo's lie side by side."""
    for name in ("RELANCE_HOME", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    real, demo = tmp_path / "relance", tmp_path / "relance-demo"
    monkeypatch.setattr(surroundings, "home_folder", lambda _environment: real)
    monkeypatch.setattr(surroundings, "demo_folder", lambda _environment: demo)
    running: set[Path] = set()
    monkeypatch.setattr(surroundings, "is_running", lambda home: home in running)
    return real, demo, running


def test_a_command_finds_the_demo_when_only_the_demo_runs(no_choice, monkeypatch):
    real, demo, running = no_choice
    real.mkdir()
    demo.mkdir()
    running.add(demo)
    chosen: list[Path | None] = []
    monkeypatch.setattr(surroundings, "settle_home", lambda data: chosen.append(data) or Path("/"))

    surroundings.find_home(None)

    assert chosen == [demo]


def test_real_work_comes_before_the_demo(no_choice, monkeypatch):
    real, demo, running = no_choice
    real.mkdir()
    demo.mkdir()
    running.update({real, demo})
    chosen: list[Path | None] = []
    monkeypatch.setattr(surroundings, "settle_home", lambda data: chosen.append(data) or Path("/"))

    surroundings.find_home(None)
    surroundings.find_home(demo)

    assert chosen == [None, demo]


def test_a_port_that_is_taken_is_said_before_anything_starts():
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Refused, match="--port"):
            up.require_free("127.0.0.1", other.getsockname()[1])


def test_the_secret_is_private_and_made_once(monkeypatch, tmp_path):
    for name in ("RELANCE_SECRET_KEY", "RELANCE_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"

    surroundings.prepare_home(home)
    first = (home / "secret.key").read_text()
    surroundings.prepare_home(home)

    assert (home / "secret.key").read_text() == first
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o066 == 0


def test_an_empty_or_missing_secret_is_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("RELANCE_SECRET_KEY", raising=False)
    monkeypatch.setenv("RELANCE_SECRET_KEY_FILE", str(tmp_path / "secret"))

    with pytest.raises(Refused, match="cannot be read"):
        surroundings.require_secret(tmp_path)

    (tmp_path / "secret").write_text("\n")
    with pytest.raises(Refused, match="empty"):
        surroundings.require_secret(tmp_path)


def test_the_address_of_the_database_may_lie_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr(surroundings, "DOTENV", tmp_path / "none")
    (tmp_path / "url").write_text("postgresql://x@y/z\n")
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))

    surroundings.read_environment()

    assert surroundings.os.environ["DATABASE_URL"] == "postgresql://x@y/z"


def test_the_box_frames_its_longest_line():
    lines = box(["short", "a longer line"]).strip().splitlines()

    assert len({len(line) for line in lines}) == 1
    assert lines[2] == "│ a longer line │"


def test_progress_is_plain_lines_where_there_is_no_terminal():
    out = io.StringIO()
    progress = Progress("Reading", 1000, out)

    for _ in range(1000):
        progress.step()

    assert out.getvalue().splitlines() == [f"Reading: {n} of 1000" for n in (250, 500, 750, 1000)]


def test_progress_is_a_bar_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    progress = Progress("Reading", 2, out)
    progress.step()
    progress.step()

    assert out.getvalue().count("\r") == 2
    assert out.getvalue().endswith("2/2\n")
