"""The peer of S2: django-post-office with its defaults, in a process and a database of its own.

    python -m bench.post_office SMTP_PORT        # for each number read, sends so many mails and prints the seconds

`DATABASE_URL` names its database. The mails are rendered when they are sent, as ours are.
"""

from __future__ import annotations

import os
import sys
import time
from urllib.parse import parse_qs, urlsplit

from bench.template import HTML, SUBJECT

OWN_TEMPLATES = "post_office.template.backends.post_office.PostOfficeTemplates"


def set_up(port: int) -> None:
    """Django with this one application."""
    from django.conf import settings

    url = urlsplit(os.environ["DATABASE_URL"])
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": url.path.lstrip("/"), "USER": url.username or ""}
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": {**database, "HOST": parse_qs(url.query).get("host", [url.hostname])[0]}},
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        USE_TZ=True,
        SECRET_KEY="bench",
        LOGGING_CONFIG=None,
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates"},
            {
                "BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates",
                "APP_DIRS": True,
                "NAME": "post_office",
            },
        ],
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def template() -> None:
    """The same mail in Django's template language."""
    from post_office.models import EmailTemplate  # type: ignore[import-untyped]

    def told(text: str) -> str:
        for name in FIELDS:
            text = text.replace(f"{{{name}}}", f"{{{{ {FIELDS[name]} }}}}")
        return text

    EmailTemplate.objects.create(name="bench", subject=told(SUBJECT), html_content=told(HTML), content="See the HTML.")


FIELDS = {
    "Person.firstName": "first_name", "Person.lastName": "last_name", "Person.jobTitle": "job_title",
    "Person.company": "company", "Person.city": "city", "Person.phone": "phone", "Account.name": "account",
    "User.name": "user", "User.emailAddress": "user_email", "Organisation.name": "organisation",
}  # fmt: skip
VALUES = dict.fromkeys(FIELDS.values(), "Imprimerie Nouvelle")


def send(many: int) -> float:
    """Queue so many mails, then send them; the seconds of the sending."""
    from post_office import mail  # type: ignore[import-untyped]
    from post_office.models import Email

    for number in range(many):
        mail.send(
            f"person{number}@client.example",
            "camille@helionne.example",
            template="bench",
            context=VALUES,
            render_on_delivery=True,
        )
    begun = time.perf_counter()
    mail.send_queued_mail_until_done()
    took = time.perf_counter() - begun
    sent = Email.objects.filter(status=0).count()
    assert sent == many, f"{sent} of {many} were sent"
    Email.objects.all().delete()
    return took


def main() -> None:
    """Numbers in, seconds out."""
    set_up(int(sys.argv[1]))
    template()
    print("ready", flush=True)
    for line in sys.stdin:
        print(send(int(line)), flush=True)


if __name__ == "__main__":
    main()
