"""The addresses of the pages, a section per resource."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from relance.web.views import (
    accounts,
    agenda,
    assistant,
    bulk,
    calendar,
    chosen,
    clock,
    conversion,
    criteria,
    custom_views,
    deal_mails,
    deals,
    deals_board,
    enrolling,
    exports,
    feeds,
    first_start,
    history,
    hold,
    imports,
    inbox,
    mails,
    mass_mail_check,
    mass_mail_follow_ups,
    mass_mail_recipients,
    mass_mails,
    merging,
    modules,
    people,
    pipelines,
    profile,
    records,
    roles,
    search,
    sent_mails,
    sequences,
    services,
    styleguide,
    templates,
    today,
    unsubscribe,
    wishes,
)
from relance.web.views import settings as settings_pages


def people_of(kind: str, many: str) -> list[URLPattern | URLResolver]:
    """The pages of leads, or of contacts."""
    whose: dict[str, object] = {"kind": kind}
    return [
        path(many, people.index, whose, name=many),
        path(f"{many}/new", people.new, whose, name=f"{kind}-new"),
        path(f"{many}/<int:person_id>", people.page, whose, name=kind),
        path(f"{many}/<int:person_id>.vcf", exports.card, whose, name=f"{kind}-card"),
        path(f"{many}/<int:person_id>/edit", people.edit, whose, name=f"{kind}-edit"),
        path(f"{many}/<int:person_id>/delete", people.delete, whose, name=f"{kind}-delete"),
        path(f"{many}/<int:person_id>/consent", wishes.consent, whose, name=f"{kind}-consent"),
        path(f"{many}/<int:person_id>/addresses/<int:address_id>/heal", wishes.heal, whose, name=f"{kind}-heal"),
        path(
            f"{many}/<int:person_id>/addresses/<int:address_id>/opt-out", wishes.opt_out, whose, name=f"{kind}-opt-out"
        ),
        path(f"{many}/<int:person_id>/addresses/<int:address_id>/opt-in", wishes.opt_in, whose, name=f"{kind}-opt-in"),
        path(f"{many}/chosen/mass-mail", chosen.mass_mail, {"module": kind}, name=f"{many}-mass-mail"),
        path(f"{many}/chosen/sequence", enrolling.chosen, {"module": kind}, name=f"{many}-sequence"),
        path(f"sequences/enrol/{many}", enrolling.enrol, {"module": kind}, name=f"{many}-enrol"),
        *chosen_of(kind, many),
    ]


def chosen_of(module: str, many: str, room: str = "") -> list[URLPattern | URLResolver]:
    """The acts on rows chosen in a list; `room` is its address where that is not its name."""
    at = room or many
    return [
        path(f"{at}/chosen/mail", chosen.mail, {"module": module}, name=f"{many}-mail"),
        path(f"{at}/chosen/merge", merging.chosen, {"module": module}, name=f"{many}-chosen-merge"),
        path(f"{at}/merge", merging.page, {"module": module}, name=f"{many}-merge"),
        path(f"{at}/duplicates", merging.duplicates, {"module": module}, name=f"{many}-duplicates"),
        path(f"{at}/count", chosen.count, {"module": module}, name=f"{many}-count"),
    ]


def agenda_of(module: str, many: str) -> list[URLPattern | URLResolver]:
    """The pages of tasks, calls, cases or notes."""
    which: dict[str, object] = {"module": module}
    return [
        path(many, agenda.index, which, name=many),
        path(f"{many}/new", agenda.new, which, name=f"{module}-new"),
        path(f"{many}/count", chosen.count, which, name=f"{many}-count"),
        path(f"{many}/<int:entry_id>", agenda.page, which, name=module),
        path(f"{many}/<int:entry_id>/edit", agenda.edit, which, name=f"{module}-edit"),
        path(f"{many}/<int:entry_id>/delete", agenda.delete, which, name=f"{module}-delete"),
        path(f"{many}/<int:entry_id>/done", agenda.done, which, name=f"{module}-done"),
        path(f"{many}/<int:entry_id>/reopen", agenda.reopen, which, name=f"{module}-reopen"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    # Today
    path("", today.page, name="today"),
    path("today/news", today.news, name="today-news"),
    # Inbox
    path("inbox", inbox.page, name="inbox"),
    path("inbox/<slug:verb>", inbox.act, name="inbox-act"),
    path("inbox/mails/<int:mail_id>", inbox.article, name="inbox-mail"),
    path("inbox/mails/<int:mail_id>/frame", inbox.frame, name="inbox-frame"),
    path("inbox/mails/<int:mail_id>/raw", inbox.raw, name="inbox-raw"),
    path("inbox/mails/<int:mail_id>/files/<int:part>", inbox.attachment, name="inbox-file"),
    path("inbox/mails/<int:mail_id>/images", inbox.images, name="inbox-images"),
    path("inbox/mails/<int:mail_id>/parent", inbox.parent, name="inbox-parent"),
    path("inbox/mails/<int:mail_id>/parents", inbox.parents, name="inbox-parents"),
    path("inbox/mails/<int:mail_id>/create/<slug:module>", inbox.create, name="inbox-create"),
    path("inbox/mails/<int:mail_id>/delete", inbox.delete, name="inbox-delete"),
    path("hold/<slug:verb>", hold.answer, name="hold"),
    # Acts on many
    path("bulk/<int:bulk_id>", bulk.page, name="bulk"),
    path("bulk/<int:bulk_id>/stop", bulk.stop, name="bulk-stop"),
    path("bulk/<int:bulk_id>/undo", bulk.undo, name="bulk-undo"),
    path("bulk/<slug:module>/edit", bulk.edit, name="bulk-edit"),
    path("bulk/<slug:module>/owner", bulk.edit, {"field": "owner"}, name="bulk-owner"),
    path("bulk/<slug:module>/tags", bulk.tags, name="bulk-tags"),
    path("bulk/<slug:module>/delete", bulk.delete, name="bulk-delete"),
    # First start
    path("start", first_start.organisation_step, name="first_start"),
    path("start/you", first_start.you_step, name="first-start-you"),
    path("start/mailbox", first_start.mailbox_step, name="first-start-mailbox"),
    path("start/samples", first_start.samples_step, name="first-start-samples"),
    # The clock of the demo
    path("clock", clock.page, name="clock"),
    # Settings
    path("settings", settings_pages.organisation_page, name="settings"),
    path("settings/pipelines", pipelines.page, name="settings-pipelines"),
    path("settings/pipelines/<int:pipeline_id>", pipelines.edit, name="settings-pipeline"),
    path("settings/pipelines/<int:pipeline_id>/stages", pipelines.add_stage, name="settings-stage-add"),
    path("settings/pipelines/<int:pipeline_id>/retire", pipelines.retire, name="settings-pipeline-retire"),
    path("settings/stages/<int:stage_id>", pipelines.edit_stage, name="settings-stage"),
    path("settings/stages/<int:stage_id>/retire", pipelines.retire_stage, name="settings-stage-retire"),
    path("settings/users", settings_pages.users_page, name="settings-users"),
    path("settings/users/<int:user_id>", settings_pages.user_page, name="settings-user"),
    path("settings/roles", roles.index, name="settings-roles"),
    path("settings/roles/new", roles.new, name="settings-role-new"),
    path("settings/roles/<int:role_id>", roles.page, name="settings-role"),
    path("settings/roles/<int:role_id>/delete", roles.delete, name="settings-role-delete"),
    path("settings/modules", modules.index, name="settings-modules"),
    path("settings/modules/new", modules.new, name="settings-module-new"),
    path("settings/modules/<slug:module>", modules.page, name="settings-module"),
    path("settings/modules/<slug:module>/fields/new", modules.new_field, name="settings-field-new"),
    path("settings/modules/<slug:module>/fields/<int:field_id>", modules.field, name="settings-field"),
    path(
        "settings/modules/<slug:module>/fields/<int:field_id>/<slug:verb>",
        modules.act_on_field,
        name="settings-field-act",
    ),
    path("settings/modules/<slug:module>/<slug:verb>", modules.act, name="settings-module-act"),
    path("settings/mailboxes", settings_pages.mailboxes_page, name="settings-mailboxes"),
    path("settings/mailboxes/new", settings_pages.mailbox_form, name="settings-mailbox-new"),
    path("settings/mailboxes/<int:mailbox_id>", settings_pages.mailbox_form, name="settings-mailbox"),
    path("settings/mailboxes/<int:mailbox_id>/test", settings_pages.mailbox_test, name="settings-mailbox-test"),
    path("settings/mailboxes/<int:mailbox_id>/read", settings_pages.mailbox_read, name="settings-mailbox-read"),
    path("settings/mailboxes/<int:mailbox_id>/retire", settings_pages.mailbox_retire, name="settings-mailbox-retire"),
    path("settings/mailboxes/<int:mailbox_id>/sign-in", services.sign_in, name="settings-mailbox-sign-in"),
    path("settings/sign-in/done", services.done, name="settings-sign-in-done"),
    path("settings/sign-in-services", services.index, name="settings-services"),
    path("settings/sign-in-services/new", services.form, name="settings-service-new"),
    path("settings/sign-in-services/<int:service_id>", services.form, name="settings-service"),
    path("settings/sending", settings_pages.sending_page, name="settings-sending"),
    path("settings/working-time", settings_pages.work_page, name="settings-work"),
    path("settings/tracking", settings_pages.tracking_page, name="settings-tracking"),
    path("settings/api", settings_pages.tokens_page, name="settings-tokens"),
    path("settings/api/<int:token_id>/revoke", settings_pages.token_revoke, name="settings-token-revoke"),
    # Leads, contacts, accounts
    *people_of("lead", "leads"),
    *people_of("contact", "contacts"),
    # (not under /accounts/, where the doors of signing in are)
    path("companies", accounts.index, name="accounts"),
    path("companies/new", accounts.new, name="account-new"),
    path("companies/options", accounts.options, name="account-options"),
    path("companies/<int:account_id>", accounts.page, name="account"),
    path("companies/<int:account_id>/edit", accounts.edit, name="account-edit"),
    path("companies/<int:account_id>/delete", accounts.delete, name="account-delete"),
    *chosen_of("account", "accounts", room="companies"),
    path("leads/<int:person_id>/convert", conversion.page, name="lead-convert"),
    # Deals
    path("deals", deals.index, name="deals"),
    path("deals/board", deals_board.board, name="deals-board"),
    path("deals/board/<int:stage_id>", deals_board.column, name="deals-column"),
    path("deals/new", deals.new, name="deal-new"),
    path("deals/contact-options", deals.contact_options, name="deal-contact-options"),
    path("deals/<int:deal_id>", deals.page, name="deal"),
    path("deals/<int:deal_id>/edit", deals.edit, name="deal-edit"),
    path("deals/<int:deal_id>/mails", deal_mails.of_deal, name="deal-mails"),
    path("contacts/<int:person_id>/mails", deal_mails.of_person, name="contact-mails"),
    path("deal-mails", deal_mails.offered, name="deal-mails-offered"),
    path("deal-mails/<str:key>", deal_mails.choose, name="deal-mail"),
    path("deal-mails/<str:key>/deal", deal_mails.decide, name="deal-mail-decide"),
    path("deals/<int:deal_id>/move", deals_board.move, name="deal-move"),
    path("deals/<int:deal_id>/moves", deals_board.moves, name="deal-moves"),
    path("deals/<int:deal_id>/contacts", deals.contacts, name="deal-contacts"),
    path("deals/<int:deal_id>/delete", deals.delete, name="deal-delete"),
    path("deals/count", chosen.count, {"module": "deal"}, name="deals-count"),
    path("deals/chosen/mass-mail", chosen.mass_mail, {"module": "deal"}, name="deals-mass-mail"),
    path("deals/chosen/mail", chosen.mail, {"module": "deal"}, name="deals-mail"),
    # Tasks, calls, cases, notes
    *agenda_of("task", "tasks"),
    *agenda_of("call", "calls"),
    *agenda_of("case", "cases"),
    *agenda_of("note", "notes"),
    path("about/options", agenda.about_options, name="about-options"),
    path("calendar", calendar.page, name="calendar"),
    path("feeds/<slug:token>.ics", feeds.calendar_file, name="calendar-file"),
    # Criteria and custom views of any module
    path("criteria/<slug:module>", criteria.edit, name="criteria"),
    path("criteria/<slug:module>/sample", criteria.sample, name="criteria-sample"),
    path("views/<slug:module>/new", custom_views.new, name="view-new"),
    path("views/<slug:module>/columns", custom_views.choose_columns, name="view-columns"),
    path("views/<int:view_id>", custom_views.page, name="view"),
    path("views/<int:view_id>/update", custom_views.update, name="view-update"),
    path("views/<int:view_id>/move", custom_views.move, name="view-move"),
    path("views/<int:view_id>/delete", custom_views.delete, name="view-delete"),
    # The history of any record
    path("history/<slug:module>/<int:record_id>", history.fragment, name="history"),
    # Any module
    path("records/<slug:module>", records.index, name="records"),
    path("records/<slug:module>/new", records.new, name="record-new"),
    path("records/<slug:module>/options", records.options, name="record-options"),
    path("records/<slug:module>/count", chosen.count, name="records-count"),
    path("records/<slug:module>/chosen/mass-mail", chosen.mass_mail, name="records-mass-mail"),
    path("records/<slug:module>/<int:record_id>", records.page, name="record"),
    path("records/<slug:module>/<int:record_id>/edit", records.edit, name="record-edit"),
    path("records/<slug:module>/<int:record_id>/delete", records.delete, name="record-delete"),
    # Imports
    path("imports", imports.page_list, name="imports"),
    path("imports/new", imports.new, name="import-new"),
    path("imports/<int:import_id>", imports.page, name="import"),
    path("imports/<int:import_id>/state", imports.state, name="import-state"),
    path("imports/<int:import_id>/columns", imports.columns, name="import-columns"),
    path("imports/<int:import_id>/look", imports.look, name="import-look"),
    path("imports/<int:import_id>/read", imports.read, name="import-read"),
    path("imports/<int:import_id>/run", imports.run, name="import-run"),
    path("imports/<int:import_id>/cancel", imports.cancel, name="import-cancel"),
    path("imports/<int:import_id>/undo", imports.undo, name="import-undo"),
    path("imports/<int:import_id>/rows/<slug:outcome>.csv", imports.rows_file, name="import-rows"),
    # Exports
    path("exports/<slug:module>.<slug:form>", exports.people, name="export"),
    # Search
    path("search", search.page, name="search"),
    # Templates
    path("templates", templates.index, name="templates"),
    path("templates/new", templates.new, name="template-new"),
    path("templates/preview", templates.preview, name="template-preview"),
    path("templates/check", templates.check, name="template-check"),
    path("templates/<int:template_id>", templates.page, name="template"),
    path("templates/<int:template_id>/test", templates.trial, name="template-trial"),
    path("templates/<int:template_id>/copy", templates.copy, name="template-copy"),
    path("templates/<int:template_id>/archive", templates.archive, name="template-archive"),
    path("templates/<int:template_id>/restore", templates.restore, name="template-restore"),
    # Sequences
    path("sequences", sequences.index, name="sequences"),
    path("sequences/new", sequences.edit, name="sequence-new"),
    path("sequences/pace", sequences.pace, name="sequences-pace"),
    path("sequences/enrolling/<int:enrolling_id>", enrolling.progress, name="enrolling"),
    path("sequences/<int:sequence_id>", sequences.page, name="sequence"),
    path("sequences/<int:sequence_id>/edit", sequences.edit, name="sequence-edit"),
    path("sequences/<int:sequence_id>/steps/<int:step_id>", sequences.preview, name="sequence-preview"),
    path("sequences/<int:sequence_id>/people/<int:enrolment_id>", sequences.person, name="sequence-person"),
    path(
        "sequences/<int:sequence_id>/people/<int:enrolment_id>/<str:verb>", sequences.act_on, name="sequence-person-act"
    ),
    path("sequences/<int:sequence_id>/<str:verb>", sequences.act, name="sequence-act"),
    # Writing a mail
    path("mails/new", mails.new, name="mail-new"),
    path("mails/drafts", mails.index, name="mails-drafts"),
    path("mails/people", mails.people, name="mail-people"),
    path("mails/quoted", mails.quoted, name="mail-quoted"),
    path("mails/drafts/<int:draft_id>", mails.page, name="mail-draft"),
    path("mails/drafts/<int:draft_id>/told", mails.told, name="mail-told"),
    path("mails/drafts/<int:draft_id>/preview", mails.preview, name="mail-preview"),
    path("mails/drafts/<int:draft_id>/send", mails.send, name="mail-send"),
    path("mails/drafts/<int:draft_id>/back", mails.back, name="mail-back"),
    path("mails/drafts/<int:draft_id>/discard", mails.discard, name="mail-discard"),
    path("mails/drafts/<int:draft_id>/template", mails.template, name="mail-template"),
    path("mails/drafts/<int:draft_id>/files", mails.attach, name="mail-attach"),
    path("mails/drafts/<int:draft_id>/files/<int:attachment_id>/<slug:verb>", mails.file_act, name="mail-file"),
    # Sent mail
    path("mails/<int:message_id>", sent_mails.page, name="mail"),
    path("mails/<int:message_id>/body", sent_mails.body, name="mail-body"),
    path("mails/<int:message_id>/activity", sent_mails.activity, name="mail-activity"),
    path("mails/<int:message_id>/files/<int:number>/<slug:verb>", sent_mails.file_act, name="mail-file-act"),
    # The Assistant
    path("assistant/<str:key>/<slug:verb>", assistant.act, name="card"),
    path("alerts", assistant.alerts, name="alerts"),
    # Mass mail
    path("mass-mails", mass_mails.index, name="mass-mails"),
    path("mass-mails/new", mass_mail_recipients.new, name="mass-mail-new"),
    path("mass-mails/count", mass_mail_recipients.count, name="mass-mail-count"),
    path("mass-mails/left-out", mass_mail_recipients.left_out, name="mass-mail-left-out"),
    path("mass-mails/<int:mass_mail_id>", mass_mails.page, name="mass-mail"),
    path("mass-mails/<int:mass_mail_id>/recipients", mass_mail_recipients.recipients, name="mass-mail-recipients"),
    path("mass-mails/<int:mass_mail_id>/message", mass_mail_check.message, name="mass-mail-message"),
    path("mass-mails/<int:mass_mail_id>/follow-ups", mass_mail_follow_ups.page, name="mass-mail-follow_ups"),
    path("mass-mails/<int:mass_mail_id>/triggers/<str:event>", mass_mail_follow_ups.trigger, name="mass-mail-trigger"),
    path("mass-mails/<int:mass_mail_id>/look", mass_mail_check.look, name="mass-mail-look"),
    path("mass-mails/<int:mass_mail_id>/check", mass_mail_check.check, name="mass-mail-check"),
    path("mass-mails/<int:mass_mail_id>/preview", mass_mail_check.preview, name="mass-mail-preview"),
    path("mass-mails/<int:mass_mail_id>/test", mass_mail_check.trial, name="mass-mail-trial"),
    path("mass-mails/<int:mass_mail_id>/send", mass_mail_check.send, name="mass-mail-send"),
    path("mass-mails/<int:mass_mail_id>/edit", mass_mail_check.open_for_edit, name="mass-mail-edit"),
    path("mass-mails/<int:mass_mail_id>/stats", mass_mails.figures, name="mass-mail-stats"),
    path("mass-mails/<int:mass_mail_id>/people/<str:bucket>", mass_mails.people, name="mass-mail-people"),
    path("mass-mails/<int:mass_mail_id>/people/<str:bucket>/mass-mail", mass_mails.again, name="mass-mail-again"),
    path("mass-mails/<int:mass_mail_id>/copies/<int:recipient_id>", mass_mails.recipient, name="mass-mail-copy"),
    path(
        "mass-mails/<int:mass_mail_id>/copies/<int:recipient_id>/decision", mass_mails.decide, name="mass-mail-decide"
    ),
    path("mass-mails/<int:mass_mail_id>/<str:verb>", mass_mails.act, name="mass-mail-act"),
    # Unsubscribing
    path("unsubscribe/<str:token>", unsubscribe.page, name="unsubscribe"),
    # Oneself
    path("profile", profile.page, name="profile"),
    path("profile/calendar", feeds.page, name="calendar-feed"),
    path("language", profile.language, name="set_language"),
]

if settings.DEBUG:
    urlpatterns += [
        # Style guide
        path("styleguide", styleguide.page, name="styleguide"),
    ]
