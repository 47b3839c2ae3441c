"""What is told of each event: a SELECT from the ids of `relance.events` to rows (key, at, data).

`data` holds ids, addresses of people, states and addresses of the API: never the text of a mail, never a secret.
`key` makes an event the same event: however often it is told of, a webhook hears of it under one id.
"""

from __future__ import annotations

from collections.abc import Mapping

from relance.records import custom, definitions, registry

PERSON = """CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'module', p.kind,
        'url', %(api)s || '/' || p.kind || 's/' || p.id) END"""


def _mail(moment: str, key: str, more: str = "") -> str:
    """Something that happened to one copy at the moment of that column; notifications to colleagues are no mail."""
    return f"""
SELECT {key} AS key, r.{moment} AS at, jsonb_build_object(
    'recipient_id', r.id, 'email', r.email, 'mail', jsonb_build_object('id', m.id, 'kind', m.kind,
        'url', %(api)s || CASE WHEN b.id IS NULL THEN '/mails/' || m.id
            ELSE '/mass-mails/' || b.id || '/recipients/' || r.id END),
    'sender_id', coalesce(r.sender_id, m.sender_id), 'mass_mail_id', b.id, 'campaign_id', b.campaign_id,
    'sequence_id', e.sequence_id, 'enrolment_id', e.id{more}, 'person', {PERSON}) AS data
FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
LEFT JOIN people_person p ON p.id = r.person_id
LEFT JOIN campaigns_massmail b ON b.message_id = m.id
LEFT JOIN sequences_steprun s ON s.message_id = m.id LEFT JOIN sequences_enrolment e ON e.id = s.enrolment_id
WHERE r.id = ANY(%(ids)s) AND r.{moment} IS NOT NULL AND m.kind <> 'notification'
"""


DEAL = """jsonb_build_object('id', d.id, 'url', %(api)s || '/deals/' || d.id, 'name', d.name, 'state', d.state,
        'pipeline_id', d.pipeline_id, 'stage_id', d.stage_id, 'amount', d.amount::text, 'currency', d.currency,
        'account_id', d.account_id, 'contact_id', d.contact_id, 'owner_id', d.owner_id)"""


def _move(state: str = "") -> str:
    """A deal came into another stage."""
    return f"""
SELECT v.id::text AS key, v.at, jsonb_build_object('deal', {DEAL}, 'move', jsonb_build_object('id', v.id,
    'from_stage_id', v.source_id, 'to_stage_id', v.target_id, 'state', v.state, 'by_id', v.by_id)) AS data
FROM deals_stagemove v JOIN deals_deal d ON d.id = v.deal_id WHERE v.id = ANY(%(ids)s)
""" + (f"AND v.state = '{state}'" if state else "AND v.source_id IS NOT NULL")


def addresses() -> dict[str, str]:
    """Where the API has the records of each module: what the audit keeps of anything else is not told."""
    with definitions.remembering():
        own, known = {made.key for made in custom.modules()}, registry.modules()
    return {one.key: f"/records/{one.key}" if one.key in own else f"/{one.key}s" for one in known}


def _noted(*acts: str, left: bool = True, fields: bool = False) -> str:
    """A line of the audit: who did what to which record, and which fields differ, never from what to what."""
    url = "%(api)s || (%(modules)s::jsonb ->> c.module) || '/' || c.record_id" if left else "NULL"
    keys = "(SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM jsonb_object_keys(c.fields) AS name)"
    wanted = ", ".join(f"'{act}'" for act in acts)
    return f"""
SELECT c.id::text AS key, c.at, jsonb_build_object('record', jsonb_build_object('id', c.record_id, 'module', c.module,
    'url', {url}), 'act', c.act, 'way', c.way, 'by_id', c.by_id{f", 'fields', {keys}" if fields else ""}) AS data
FROM records_change c
WHERE c.id = ANY(%(ids)s) AND c.act IN ({wanted}) AND %(modules)s::jsonb ->> c.module IS NOT NULL
"""


_UPDATED = f"""{_noted("changed", "converted", "undone", fields=True)} UNION ALL {_noted("merged")}"""
MERGED: Mapping[str, str] = {
    "record.deleted": """
SELECT 'merged:' || v.id AS key, c.at, jsonb_build_object('record', jsonb_build_object('id', v.record_id,
    'module', v.module, 'url', NULL), 'act', c.act, 'way', c.way, 'by_id', c.by_id, 'into', jsonb_build_object(
    'id', v.to_id, 'module', c.module, 'url', %(api)s || (%(modules)s::jsonb ->> c.module) || '/' || v.to_id)) AS data
FROM records_moved v CROSS JOIN LATERAL (
    SELECT * FROM records_change c WHERE c.record_id = v.to_id AND c.act = 'merged' AND c.module = ANY(
        CASE WHEN v.module IN ('lead', 'contact') THEN ARRAY['lead', 'contact'] ELSE ARRAY[v.module] END)
    ORDER BY c.id DESC LIMIT 1
) AS c
WHERE v.id = ANY(%(ids)s)
"""
}
"""Of records that have become part of others; takes the ids of where they went."""

ONCE = "r.id::text"
ROWS: Mapping[str, str] = {
    "mail.sent": _mail("sent_at", ONCE),
    "mail.opened": _mail("first_opened_at", ONCE),
    "mail.clicked": _mail("first_clicked_at", ONCE),
    "mail.replied": _mail("replied_at", ONCE),
    "mail.bounced": _mail("bounced_at", ONCE, ", 'bounce', jsonb_build_object('kind', r.bounce_kind)"),
    "mail.complained": _mail("complained_at", ONCE),
    "person.created": f"""
SELECT p.id::text AS key, p.created_at AS at, jsonb_build_object('email', p.primary_email, 'name', p.name,
    'owner_id', p.owner_id, 'person', {PERSON}) AS data
FROM people_person p WHERE p.id = ANY(%(ids)s)
""",
    "person.unsubscribed": f"""
SELECT u.id::text AS key, u.at, jsonb_build_object('email', u.normal, 'scope', u.scope, 'list_id', u.list_id,
    'route', u.route, 'recipient_id', u.recipient_id, 'people', (
        SELECT coalesce(jsonb_agg(DISTINCT {PERSON}), '[]') FROM people_address a
        JOIN people_person p ON p.id = a.person_id WHERE a.normal = u.normal)) AS data
FROM people_suppression u WHERE u.id = ANY(%(ids)s)
""",
    "form.submitted": f"""
SELECT s.id::text AS key, s.at, jsonb_build_object('submission_id', s.id, 'email', s.email, 'is_new',
    s.state = 'lead', 'form', jsonb_build_object('id', f.id, 'name', f.name, 'url', %(api)s || '/web-forms/' || f.id),
    'person', {PERSON}) AS data
FROM webforms_submission s JOIN webforms_webform f ON f.id = s.form_id LEFT JOIN people_person p ON p.id = s.person_id
WHERE s.id = ANY(%(ids)s)
""",
    "sequence.finished": f"""
SELECT e.id::text AS key, e.ended_at AS at, jsonb_build_object('enrolment_id', e.id,
    'url', %(api)s || '/sequences/enrolments/' || e.id, 'sequence_id', e.sequence_id, 'state', e.state,
    'reason', e.reason, 'user_id', e.user_id, 'email', e.normal, 'person', {PERSON}) AS data
FROM sequences_enrolment e LEFT JOIN people_person p ON p.id = e.person_id
WHERE e.id = ANY(%(ids)s) AND e.ended_at IS NOT NULL
""",
    "deal.changed": f"""
SELECT d.id || ':' || extract(epoch FROM d.modified_at) AS key, d.modified_at AS at,
    jsonb_build_object('deal', {DEAL}) AS data
FROM deals_deal d WHERE d.id = ANY(%(ids)s)
""",
    "deal.moved": _move(),
    "deal.won": _move("won"),
    "deal.lost": _move("lost"),
    "record.created": _noted("added"),
    "record.updated": _UPDATED,
    "record.deleted": _noted("deleted", left=False),
}
