"""Static files are served under hashed names, and the modules that our scripts import too."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from relance.web.storage import Storage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The folder that a server hands files out of, filled once for this file."""
    folder = tmp_path_factory.mktemp("static")
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": f"{Storage.__module__}.Storage"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", interactive=False, stdout=StringIO())
    return folder


def test_our_modules_import_each_other_by_their_hashed_names(collected):
    [app] = [path for path in (collected / "js").glob("app.*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    imports = re.findall(r'import *"\./(.+?)"', app.read_text())
    assert len(imports) > 5
    assert all((collected / "js" / name).is_file() and re.search(r"\.[0-9a-f]{12}\.js$", name) for name in imports)


def test_the_font_is_found_under_its_hashed_name(collected):
    [tokens] = (collected / "css").glob("tokens.?*.css")
    [font] = re.findall(r'url\("\.\./(fonts/.+?)"\)', tokens.read_text())
    assert re.search(r"\.[0-9a-f]{12}\.woff2$", font)
    assert (collected / font).is_file()
