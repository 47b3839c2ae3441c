"""The API itself: its description, its key, its errors, and its resources, a file each."""

from __future__ import annotations

from ninja import NinjaAPI

from relance.api import problems
from relance.api.key import Key

api = NinjaAPI(
    title="Relance",
    version="1",
    urls_namespace="api",
    auth=Key(),
    description=(
        "Everything that the pages do. Send `Authorization: Bearer <token>`; make a token with "
        "`relance token create --user EMAIL` or in the settings. Lists are paged with `cursor`; errors are RFC 9457 "
        "problems; a write with an `Idempotency-Key` is done once."
    ),
)
problems.install(api)

for prefix, module in (
    ("", "relance.api.me.router"),
    ("/organisation", "relance.api.organisation.router"),
    ("/users", "relance.api.users.router"),
    ("/tokens", "relance.api.tokens.router"),
    ("/mailboxes", "relance.api.mailboxes.router"),
    ("/leads", "relance.api.people.leads"),
    ("/contacts", "relance.api.people.contacts"),
    ("/accounts", "relance.api.accounts.router"),
    ("/suppressions", "relance.api.suppressions.router"),
    ("/imports", "relance.api.imports.router"),
    ("/templates", "relance.api.templates.router"),
    ("/mass-mails", "relance.api.mass_mails.router"),
    ("/clock", "relance.api.clock.router"),
):
    api.add_router(prefix, module)
