"""What told a person from a machine, in words: the rules of `mail.tracking.verdict.Why`."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES: dict[str, str | Promise] = {
    "own_session": _("a colleague, signed in to Relance"),
    "head": _("asked for the headers only"),
    "prefetch": _("fetched in advance"),
    "scanner": _("a security scanner"),
    "tool": _("a program, not a browser"),
    "apple_privacy": _("Apple fetches every picture"),
    "gmail_prefetch": _("Gmail fetched it in advance"),
    "too_soon": _("too soon after delivery to be a person"),
    "all_links": _("every link within seconds"),
    "many_links": _("many links within seconds"),
    "no_name": _("a program that gives no name"),
    "old_browser": _("an uncommonly old browser"),
    "image_proxy": _("pictures fetched on opening"),
    "mail_program": _("a mail program"),
    "browser": _("a browser"),
    "unrecognised": _("not recognised"),
}
