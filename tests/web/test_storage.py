"""Static files are served under hashed names, and the modules that our scripts import too."""

from __future__ import annotations

import re
from io import StringIO

from django.core.management import call_command

from relance.web.storage import Storage


def test_our_modules_import_each_other_by_their_hashed_names(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": f"{Storage.__module__}.Storage"}}

    call_command("collectstatic", interactive=False, stdout=StringIO())

    [app] = [path for path in (tmp_path / "js").glob("app.*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    imports = re.findall(r'import *"\./(.+?)"', app.read_text())
    assert len(imports) > 5
    assert all((tmp_path / "js" / name).is_file() and re.search(r"\.[0-9a-f]{12}\.js$", name) for name in imports)


def test_the_font_is_found_under_its_hashed_name(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": f"{Storage.__module__}.Storage"}}

    call_command("collectstatic", interactive=False, stdout=StringIO())

    [tokens] = (tmp_path / "css").glob("tokens.?*.css")
    [font] = re.findall(r'url\("\.\./(fonts/.+?)"\)', tokens.read_text())
    assert re.search(r"\.[0-9a-f]{12}\.woff2$", font)
    assert (tmp_path / font).is_file()
