"""The scripts of others that we serve are exactly those of the manifest, with their licences."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import relance.web

STATIC = Path(relance.web.__file__).parent / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
ROOT = STATIC.parents[2]


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_vendored_file_has_the_hash_of_the_manifest(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == MANIFEST[name]["sha256"]


def test_every_vendored_file_is_in_the_manifest_and_each_package_has_its_licence():
    files = {path.name for path in VENDOR.iterdir()} - {"manifest.json"}
    packages = {entry["package"] for entry in MANIFEST.values()}
    licensed = {entry["package"] for name, entry in MANIFEST.items() if name.endswith("LICENSE.txt")}

    assert files == set(MANIFEST)
    assert licensed == packages


def test_the_lock_agrees_with_the_manifest_and_records_no_address():
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    locked = {name.removeprefix("node_modules/"): entry for name, entry in lock["packages"].items() if name}

    assert {entry["package"]: entry["version"] for entry in MANIFEST.values()}.items() <= {
        name: entry["version"] for name, entry in locked.items()
    }.items()
    assert not any("resolved" in entry for entry in locked.values())
    assert all("integrity" in entry for entry in locked.values())


def test_nothing_of_ours_needs_a_looser_policy():
    """The Content-Security-Policy is `'self'` alone: no inline style, script or handler in any template.

    A mail shown in its sandboxed frame has a policy of its own, since mails bring their styles.
    """
    frames = {("mail", "frame.html"), ("inbox", "frame.html")}
    every = (STATIC.parent / "templates").rglob("*.html")
    templates = [path for path in every if (path.parent.name, path.name) not in frames]
    loose = (" style=", "<style", "javascript:", " onclick=", " onchange=", " onsubmit=", " onload=", "hx-on", "js:")

    found = [f"{path.name}: {word}" for path in templates for word in loose if word in path.read_text()]

    assert found == []


def test_every_script_of_a_template_is_external():
    templates = (STATIC.parent / "templates").rglob("*.html")
    scripts = [script for path in templates for script in re.findall(r"<script[^>]*>", path.read_text())]

    assert scripts
    assert [script for script in scripts if " src=" not in script] == []
