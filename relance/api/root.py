"""The API itself: its description, its key, its errors, and its resources, a file each."""

from __future__ import annotations

from relance.api import problems
from relance.api.described import Api
from relance.api.key import Key
from relance.api.reading import Reader
from relance.api.reference import Reference

api = Api(
    title="Relance",
    version="1",
    urls_namespace="api",
    auth=Key(),
    parser=Reader(),
    docs=Reference(),
    description=(
        "Everything that the pages do. Send `Authorization: Bearer <token>`; make a token with "
        "`relance token create --user EMAIL` or in the settings. Bodies are JSON in UTF-8, moments carry their offset. "
        "Lists are newest first and paged with `cursor`; errors are RFC 9457 problems with a stable `code`; a write "
        "with an `Idempotency-Key` is done once; a change with `If-Match` is refused when the record has changed "
        "meanwhile. What you may not see is not there (404)."
    ),
)
problems.install(api)

for prefix, module in (
    ("", "relance.api.me.router"),
    ("/organisation", "relance.api.organisation.router"),
    ("/users", "relance.api.users.router"),
    ("/roles", "relance.api.roles.router"),
    ("/tokens", "relance.api.tokens.router"),
    ("/mailboxes", "relance.api.mailboxes.router"),
    ("/sign-in-services", "relance.api.services.router"),
    ("/sending-domains", "relance.api.domains.router"),
    ("/leads", "relance.api.people.leads"),
    ("/leads", "relance.api.conversions.router"),
    ("/contacts", "relance.api.people.contacts"),
    ("/accounts", "relance.api.accounts.router"),
    ("/deals", "relance.api.deals.router"),
    ("", "relance.api.deal_mails.router"),
    ("/pipelines", "relance.api.pipelines.router"),
    ("/modules", "relance.api.modules.router"),
    ("/records", "relance.api.records.router"),
    ("/duplicates", "relance.api.merging.router"),
    ("/merges", "relance.api.merging.merges"),
    ("/bulk", "relance.api.bulk.router"),
    ("/views", "relance.api.views.router"),
    ("/tasks", "relance.api.agenda.tasks"),
    ("/calls", "relance.api.agenda.calls"),
    ("/cases", "relance.api.agenda.cases"),
    ("/notes", "relance.api.agenda.notes"),
    ("/history", "relance.api.history.router"),
    ("/calendar-feed", "relance.api.feeds.router"),
    ("/inbox", "relance.api.inbox.router"),
    ("/drafts", "relance.api.drafts.router"),
    ("/attachments", "relance.api.drafts.attachments"),
    ("/mails", "relance.api.sent_mails.router"),
    ("/engagement", "relance.api.engagement.router"),
    ("/reminders", "relance.api.reminders.router"),
    ("/assistant", "relance.api.assistant.router"),
    ("/alerts", "relance.api.assistant.told"),
    ("/suppressions", "relance.api.suppressions.router"),
    ("/imports", "relance.api.imports.router"),
    ("/templates", "relance.api.templates.router"),
    ("/sequences", "relance.api.sequences.router"),
    ("/target-lists", "relance.api.target_lists.router"),
    ("/campaigns", "relance.api.campaigns.router"),
    ("/reports", "relance.api.reports.router"),
    ("/responders", "relance.api.responders.router"),
    ("/web-forms", "relance.api.web_forms.router"),
    ("/webhooks", "relance.api.webhooks.router"),
    ("/mass-mails", "relance.api.mass_mails.router"),
    ("/mass-mails", "relance.api.mass_mail_results.router"),
    ("/mass-mails", "relance.api.mass_mail_triggers.router"),
    ("/mass-mails", "relance.api.mass_mail_follow_ups.router"),
    ("/mass-mails", "relance.api.mass_mail_contests.router"),
    ("/hold", "relance.api.hold.router"),
    ("/clock", "relance.api.clock.router"),
):
    api.add_router(prefix, module)
