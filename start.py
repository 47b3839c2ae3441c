#!/usr/bin/env python3
"""Start Relance, or its tests, from a fresh copy: needs Python 3.11 and the package index, nothing else.

python3 start.py demo [...]          the product with its example company (every `relance` command works here)
python3 start.py test [--fast] [...] the tests; further words go to pytest
python3 start.py lint                style, types, floors, migrations, translations, API description
python3 start.py prepare [--dev]     only set up .venv
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "relance-installed.json"
OLDEST = (3, 11)


def main() -> None:
    words = sys.argv[1:] or ["--help"]
    if words[0] in ("-h", "--help"):
        print(__doc__)
        return
    use_a_recent_python()
    if words[0] == "prepare":
        prepare(dev="--dev" in words)
    elif words[0] == "test":
        run_tests(words[1:])
    elif words[0] == "lint":
        prepare(dev=True)
        os.chdir(ROOT)
        become([str(PYTHON), "-m", "tests.lint", *words[1:]])
    else:
        prepare(dev=False)
        os.environ["RELANCE_COMMAND"] = "python3 start.py"
        become([str(PYTHON), "-m", "relance", *words])


def run_tests(words: list) -> None:
    """Everything that the tests need, then pytest on two processes, of which the first to be done helps the other."""
    prepare(dev=True)
    os.chdir(ROOT)
    from tests import debian

    debian.provide(missing_is_loud=True)
    fast = ["-m", "not slow"] if "--fast" in words else []
    words = [word for word in words if word != "--fast"]
    become([str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "worksteal", *fast, *words])


def use_a_recent_python() -> None:
    """Go on under a newer interpreter when this one is too old and another is at hand."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            become([newer, str(Path(__file__).resolve()), *sys.argv[1:]])
    stop(f"Relance needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")


def become(command: list) -> None:
    """Replace this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    os.execv(command[0], command)


def stop(sentence: str) -> None:
    sys.exit(f"start.py: {sentence}")


def prepare(*, dev: bool) -> None:
    """Make .venv hold exactly the locked packages and this project; what is done already is skipped."""
    if not python_works():
        make_environment()
    install("main")
    if dev:
        install("dev")
    link_project()
    compile_translations()


def python_works() -> bool:
    """Whether .venv was made by this very interpreter version and still runs."""
    if not PYTHON.exists():
        return False
    ask = [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(ask, capture_output=True, text=True)
    return answer.stdout.split() == [str(number) for number in sys.version_info[:2]]


def make_environment() -> None:
    """Create .venv, also where Debian has split ensurepip off its Python."""
    say("Making the Python environment .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if not has_ensurepip() and not has_pip():
        get_debian_venv()
    plain = [] if has_ensurepip() else ["--without-pip"]
    made = subprocess.run([sys.executable, "-m", "venv", *plain, str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(f"the Python environment could not be made:\n{made.stdout}{made.stderr}")


def has_ensurepip() -> bool:
    return knows("ensurepip")


def has_pip() -> bool:
    return knows("pip")


def knows(module: str) -> bool:
    """Asked of a new process, since what apt-get has just installed is not seen by this one."""
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0


def get_debian_venv() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        stop(f"this Python comes without venv and pip. Install them first (Debian: apt-get install {package}).")
    say(f"Installing {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment)
    for name in (package, "python3-venv"):
        if (
            subprocess.run(["apt-get", "install", "-y", "-qq", name], env=environment).returncode == 0
            and has_ensurepip()
        ):
            return
    stop(f"{package} could not be installed.")


def install(name: str) -> None:
    """Install a lock file once: every file is checked against its hash."""
    lock = ROOT / "requirements" / f"{name}.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamps = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if stamps.get(name) == digest:
        return
    say(f"Installing the packages of {lock.relative_to(ROOT)}")
    subprocess.run([*pip(), "install", "--quiet", "--require-hashes", "--requirement", str(lock)], check=True)
    STAMP.write_text(json.dumps({**stamps, name: digest}))


def pip() -> list:
    """The environment's own pip, or the caller's acting for it."""
    quiet = ["--disable-pip-version-check", "--no-input"]
    if any((VENV / "lib").glob("python*/site-packages/pip")):
        return [str(PYTHON), "-m", "pip", *quiet]
    return [sys.executable, "-m", "pip", *quiet, "--python", str(PYTHON)]


def link_project() -> None:
    """Put this folder on the environment's path and a `relance` command beside its python; no build."""
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(VENV), "platbase": str(VENV)}))
    write_if_changed(packages / "relance.pth", f"{ROOT}\n")
    script = VENV / "bin" / "relance"
    write_if_changed(script, '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m relance "$@"\n')
    script.chmod(0o755)


def write_if_changed(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def compile_translations() -> None:
    sources = list((ROOT / "relance").glob("locale/*/LC_MESSAGES/*.po"))
    if any(is_older(source.with_suffix(".mo"), source) for source in sources):
        subprocess.run([str(PYTHON), "-m", "relance.ops.catalogues"], check=True)


def is_older(product: Path, source: Path) -> bool:
    return not product.exists() or product.stat().st_mtime < source.stat().st_mtime


def say(sentence: str) -> None:
    print(f"· {sentence}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        stop(f"this step failed: {' '.join(map(str, problem.cmd[:6]))} ... (exit {problem.returncode})")
    except KeyboardInterrupt:
        sys.exit(130)
