"""The two commands of the README work on a fresh copy; the locks and the wheel hold what they promise."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import debian, locks
from tests.ops.running import Running, a_home, clean_environment

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module, with an environment folder of its own."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "venv" / "stamp.json")
    return module


def test_the_first_fenced_block_of_the_readme_is_the_two_commands():
    block = (ROOT / "README.md").read_text().split("```")[1]

    assert block.strip().splitlines() == ["python3 start.py demo", "python3 start.py test"]


def test_the_locks_hold_pins_and_hashes_only_and_all_that_is_asked_for():
    assert locks.problems() == []


def test_a_lock_with_an_address_or_without_a_package_is_found(tmp_path):
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    lock = tmp_path / "requirements" / "main.lock"
    lock.write_text("--find-links /opt/wheels\n" + lock.read_text().replace("django==", "djongo=="))

    found = locks.problems(tmp_path)

    assert any("--find-links" in each for each in found)
    assert any(each.startswith("django is not in main.lock") for each in found)


def test_a_lock_is_installed_once(start, monkeypatch):
    start.VENV.mkdir()
    ran = []
    monkeypatch.setattr(start.subprocess, "run", lambda command, **_: ran.append(command))

    start.install("main")
    start.install("main")
    start.STAMP.write_text(start.STAMP.read_text().replace('"main": "', '"main": "changed'))
    start.install("main")

    assert len(ran) == 2
    assert "--require-hashes" in ran[0]


@pytest.mark.slow
def test_an_environment_is_made_without_ensurepip_by_the_callers_pip(start, monkeypatch):
    """Debian splits ensurepip off its Python."""
    monkeypatch.setattr(start, "has_ensurepip", lambda: False)
    if not start.has_pip():
        monkeypatch.setattr(start, "get_debian_venv", lambda: pytest.fail("apt-get would be asked"))

    start.make_environment()
    answer = subprocess.run([*start.pip(), "--version"], capture_output=True, text=True)

    assert start.python_works()
    assert answer.returncode == 0, answer.stderr


def test_without_venv_pip_and_root_it_says_what_to_install(start, monkeypatch):
    monkeypatch.setattr(start, "has_ensurepip", lambda: False)
    monkeypatch.setattr(start, "has_pip", lambda: False)
    monkeypatch.setattr(start.os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match="apt-get install python3"):
        start.make_environment()


def test_the_project_is_linked_into_the_environment_without_a_build(start):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(start.VENV)], check=True)

    start.link_project()
    where = [str(start.PYTHON), "-c", "import relance; print(relance.__file__)"]
    answer = subprocess.run(where, capture_output=True, text=True, cwd="/", env={"PATH": os.defpath})

    assert answer.stdout.strip() == str(ROOT / "relance" / "__init__.py")
    assert (start.VENV / "bin" / "relance").stat().st_mode & 0o111


def test_an_old_python_is_refused_in_a_sentence(start, monkeypatch):
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(start.shutil, "which", lambda _name: None)

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        start.use_a_recent_python()


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_services_are_held_while_packages_are_installed_and_the_rule_comes_back(tmp_path, monkeypatch, before):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "POLICY", policy)
    if before:
        policy.write_text(before)

    with pytest.raises(KeyboardInterrupt), debian.no_services():
        interrupted_while(policy)

    assert (policy.read_text() if policy.exists() else None) == before
    assert len(list(tmp_path.iterdir())) == (1 if before else 0)


def interrupted_while(policy: Path) -> None:
    assert subprocess.run([policy]).returncode == 101
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The files that git would give, as they stand here; its own .venv is made by start.py."""
    target = tmp_path_factory.mktemp("copy") / "relance"
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


@pytest.mark.slow
@pytest.mark.shows("ADM-06")
def test_the_first_command_starts_the_demo_from_a_fresh_copy_and_again(copy):
    environment = clean_environment()
    environment.pop("VIRTUAL_ENV", None)
    with a_home() as home:
        running = Running(home, "demo", program=("python3", str(copy / "start.py")), **environment)
        try:
            running.wait_until_ready()
            first = running.said
            running.stop()
            running.start()
            running.wait_until_ready()
            again = running.said
        finally:
            running.stop()

    assert "Installing the packages of requirements/main.lock" in first
    assert "Installing" not in again
    assert f"http://localhost:{running.port}" in again
    assert "demo@helionne.example" in again
    assert "relance-demo" in again
    assert "python3 start.py clock advance 3d" in again


@pytest.mark.slow
def test_a_wheel_holds_pages_styles_scripts_and_translations(copy, tmp_path):
    environment = clean_environment() | {"RELANCE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(copy)}
    subprocess.run([sys.executable, "-m", "relance", "assets"], cwd=copy, env=environment, check=True)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    done = subprocess.run(build, cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()

    assert [name for name in names if name.endswith("LICENSE")]
    assert "relance/web/assets/staticfiles.json" in names
    for folder, ending in (("web/templates", ".html"), ("web/static", ".css"), ("web/static", ".js")):
        kept = {str(file.relative_to(copy)) for file in (copy / "relance" / folder).rglob(f"*{ending}")}
        assert kept
        assert kept <= set(names)
    sources = {str(file.relative_to(copy)) for file in copy.glob("relance/locale/*/LC_MESSAGES/*.po")}
    assert {name.replace(".po", ".mo") for name in sources} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]
