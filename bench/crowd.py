"""A crowd for the benchmarks: contacts, their addresses and companies, their owners, the mail that some got."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import connection

from bench import names
from relance.lib.fold import fold
from relance.mail.models import Content, Mailbox, Message
from relance.records.fields import Kind
from relance.records.models import CustomField, CustomModule
from relance.team.actions import FirstStart, add_user, set_up
from relance.team.models import Role, User

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
MAILINGS = ((200, 2), (45, 3), (7, 5))  # so many days ago one person in so many was written to
KEEN = 200  # so many people open each mail six times, however large the crowd: lists of them are as long
OWNERS = 20
HUGE = 60
Row = tuple[object, ...]

PERSON = (
    "id",
    "kind",
    "first_name",
    "last_name",
    "name",
    "name_folded",
    "search",
    "job_title",
    "phone",
    "mobile",
    "company",
    "street",
    "postcode",
    "city",
    "country",
    "language",
    "time_zone",
    "source",
    "note",
    "primary_email",
    "tracking_consent",
    "account_id",
    "owner_id",
    "created_at",
    "updated_at",
)
ACCOUNT = (
    "id",
    "name",
    "name_folded",
    "search",
    "website",
    "phone",
    "industry",
    "street",
    "postcode",
    "city",
    "country",
    "note",
    "primary_email",
    "owner_id",
    "created_at",
    "updated_at",
)
# One address each and a second one for one person in ten; the hash of the id stands for chance.
ADDRESSES = """
INSERT INTO people_address (person_id, position, email, normal, state, state_why, soft_bounces)
SELECT id, 0, primary_email, primary_email,
    CASE WHEN hashint8(id) % 50 = 0 THEN 'bounced' ELSE 'valid' END, '', 0 FROM people_person
UNION ALL
SELECT id, 1, 'perso.' || primary_email, 'perso.' || primary_email, 'valid', '', 0
FROM people_person WHERE hashint8(id) % 10 = 0
"""
RECIPIENTS = """
INSERT INTO mail_recipient (message_id, person_id, email, normal, name, state, track, attempts, queued_at, sent_at,
    first_opened_at, last_opened_at, opens, first_clicked_at, clicks, replied_at)
SELECT %(message)s, id, primary_email, primary_email, name, 'sent', 'full', 1, %(at)s, %(at)s,
    opened, opened + (opens - 1) * interval '3 hours', CASE WHEN opened IS NULL THEN 0 ELSE opens END,
    CASE WHEN id %% 3 = 0 THEN opened END, CASE WHEN id %% 3 = 0 AND opened IS NOT NULL THEN 1 ELSE 0 END,
    CASE WHEN id %% %(answers)s = 0 THEN opened END
FROM (SELECT id, primary_email, name, CASE WHEN id %% %(keen)s = 0 THEN 6 ELSE 1 + abs(hashint8(id)) %% 3 END AS opens,
        CASE WHEN hashint8(id + %(message)s) %% 10 < 4 OR id %% %(keen)s = 0
             THEN %(at)s::timestamptz + abs(hashint8(id)) %% 8600 * interval '1 minute' END AS opened
      FROM people_person WHERE id %% %(one_in)s = 0) AS written_to
"""
# As `mail.tracking.note` would have written them: each opening, clicks, a machine's look at one in four.
INTERACTIONS = """
INSERT INTO mail_interaction (id, message_id, recipient_id, kind, at, verdict, why, method, user_agent, network, detail)
SELECT gen_random_uuid(), message_id, id, kind, at, verdict, '', 'GET', 'Mozilla/5.0', '198.51.100.0/24', '{}'
FROM (SELECT message_id, id, 'open' AS kind, first_opened_at + k * interval '3 hours' AS at, 'human' AS verdict
      FROM mail_recipient, generate_series(0, opens - 1) AS k WHERE opens > 0
      UNION ALL SELECT message_id, id, 'click', first_clicked_at, 'human' FROM mail_recipient WHERE clicks > 0
      UNION ALL SELECT message_id, id, 'open', sent_at, 'machine' FROM mail_recipient WHERE id % 4 = 0) AS happened
ORDER BY at
"""


@dataclass(frozen=True)
class Company:
    """A company of the crowd."""

    id: int
    name: str
    domain: str
    town: str


def fill(people: int, *, seed: int = 7) -> User:
    """Fill an empty, migrated database with contacts; gives the administrator who looks at them."""
    rng = Random(seed)
    boss = set_up(
        FirstStart(
            organisation="Hélionne",
            name="Camille Aubry",
            email="camille@helionne.example",
            password="a long enough word",
        ),
        now=NOW,
    )
    owners = [boss.pk, *(_colleague(rng, number).pk for number in range(1, OWNERS))]
    companies = [_company(rng, number) for number in range(1, max(people // 40, 5) + 1)]
    make_fields()
    later = without_indexes("people_account", "people_person", "people_address", "mail_recipient", "mail_interaction")
    _copy("people_account", ACCOUNT, (_account(rng, company, owners) for company in companies))
    _copy("people_person", PERSON, (_person(rng, number, companies, owners) for number in range(1, people + 1)))
    with connection.cursor() as cursor:
        cursor.execute(ADDRESSES.replace("%", "%%"), [])
        for days, one_in in MAILINGS:
            at = NOW - timedelta(days=days)
            chances = {"one_in": one_in, "keen": max(1, people // KEEN), "answers": max(2, people // 11_000)}
            cursor.execute(RECIPIENTS, {"message": _message(boss, at).pk, "at": at, **chances})
        cursor.execute(INTERACTIONS.replace("%", "%%"), [])
        for table in ("people_account", "people_person"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for index in later:
            cursor.execute(index)
        cursor.execute("VACUUM (ANALYZE)")
    return boss


def without_indexes(*tables: str) -> list[str]:
    """Drop what only slows the filling, and give the statements that make it again; keys and constraints stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint)",
            [list(tables)],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
        for name, _statement in found:
            cursor.execute(f"DROP INDEX {name}")
    return [statement for _name, statement in found]


def _colleague(rng: Random, number: int) -> User:
    name = f"{names.pick(rng, names.FIRST)} {names.last_name(rng)}"
    return add_user(email=f"colleague{number}@helionne.example", name=name, role=Role.Key.SALESPERSON)


def _copy(table: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
    names = ", ".join([*columns, "custom"])
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, custom_of(int(str(row[0]))) if table == "people_person" else "{}"))


def make_fields() -> None:
    """Four custom fields of contacts: a number, a choice, a day, and a text that nobody has indexed."""
    for key, label, kind in (
        ("roof", "Roof area", Kind.NUMBER),
        ("size", "Size", Kind.CHOICE),
        ("renewal", "Renewal", Kind.DATE),
        ("badge", "Badge", Kind.TEXT),
    ):
        options = [["s", "Small"], ["m", "Medium"], ["l", "Large"], ["xl", "Huge"]] if kind == Kind.CHOICE else []
        CustomField.objects.create(module="contact", key=key, label=label, kind=kind, options=options, created_at=NOW)


def make_modules() -> None:
    """Two modules of one's own: they stand in the side bar of every page."""
    for position, (key, name, plural) in enumerate(
        (("subscription", "Subscription", "Subscriptions"), ("machine", "Machine", "Machines"))
    ):
        CustomModule.objects.get_or_create(
            key=key, defaults={"name": name, "plural": plural, "position": position, "created_at": NOW}
        )


def custom_of(number: int) -> str:
    """What a person has in them: most have a roof, one in a thousand and the first sixty are huge, a renewal falls in
    any of three years.
    """
    chance = number * 2_654_435_761 % 1_000_003
    held: dict[str, object] = {
        "size": "xl" if chance % 1_000 == 0 or number <= HUGE else "sml"[chance % 3],
        "badge": f"b{chance % 700}",
    }
    if chance % 5:
        held["roof"] = chance % 4_000 / 2
    if chance % 3:
        held["renewal"] = (NOW + timedelta(days=chance % 1_100 - 550)).date().isoformat()
    return json.dumps(held)


def _company(rng: Random, number: int) -> Company:
    name = names.company(rng)
    domain = "".join(letter for letter in fold(name) if letter.isalnum())[:30]
    return Company(number, name, f"{domain}{number}.example", names.pick(rng, names.TOWNS))


def _account(rng: Random, company: Company, owners: list[int]) -> Row:
    created = NOW - timedelta(minutes=rng.randrange(1_500_000))
    email = f"contact@{company.domain}"
    search = fold(f"{company.name} {company.town} {email}")
    return (
        company.id,
        company.name,
        fold(company.name),
        search,
        f"https://{company.domain}",
        "",
        "",
        "",
        "",
        company.town,
        names.country(company.town),
        "",
        email,
        rng.choice(owners),
        created,
        created,
    )


def _person(rng: Random, number: int, companies: list[Company], owners: list[int]) -> Row:
    first, last = names.pick(rng, names.FIRST), names.last_name(rng)
    company = companies[int(len(companies) * rng.random() ** 1.5)]
    town = company.town if rng.random() < 0.8 else names.pick(rng, names.TOWNS)
    job = names.pick(rng, names.JOBS)
    name = f"{first} {last}"
    email = f"{fold(first)}.{fold(last).replace(' ', '')}{number}@{company.domain}"
    created = NOW - timedelta(seconds=rng.randrange(90_000_000))
    country = names.country(town)
    return (
        number,
        "contact",
        first,
        last,
        name,
        fold(name),
        fold(f"{name} {company.name} {town} {job} {email}"),
        job,
        f"02 {rng.randrange(10**8):08d}",
        "",
        company.name,
        "",
        f"{rng.randrange(1000, 99000):05d}",
        town,
        country,
        "en" if country in ("GB", "IE") else "fr",
        "Europe/London" if country in ("GB", "IE") else "Europe/Paris",
        names.pick(rng, names.SOURCES),
        "",
        email,
        "granted" if rng.random() < 0.3 else "unknown",
        company.id,
        rng.choice(owners),
        created,
        created + timedelta(seconds=rng.randrange(1_000_000)),
    )


def _message(boss: User, at: datetime) -> Message:
    address = "camille@helionne.example"
    mailbox, _new = Mailbox.objects.get_or_create(address=address, defaults={"name": "Relay", "host": "localhost"})
    content = Content.objects.create(subject="The neighbour’s figure", html="<p>Hello</p>")
    return Message.objects.create(
        kind="mass",
        send_key=f"mass:{content.pk}",
        state="done",
        content=content,
        mailbox=mailbox,
        sender=boss,
        deliver_at=at,
        created_at=at,
    )
