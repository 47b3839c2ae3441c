"""What a folder is for, by the server's word or by its name."""

import pytest

from relance.mail.transport.imap_answers import Listed
from relance.mail.transport.imap_names import Role, readable, roles, wire


def listed(name, *attributes, delimiter="/"):
    return Listed(wire(name), frozenset(attributes), delimiter)


@pytest.mark.shows("INBOX-03")
@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Inbox", Role.INBOX),
        ("Sent Items", Role.SENT),
        ("Éléments envoyés", Role.SENT),
        ("INBOX/Gesendete Objekte", Role.SENT),
        ("[Gmail]/Messages envoyés", Role.SENT),
        ("Отправленные", Role.SENT),
        ("送信済みアイテム", Role.SENT),
        ("Entwürfe", Role.DRAFTS),
        ("Brouillons", Role.DRAFTS),
        ("Corbeille", Role.TRASH),
        ("Papperskorgen", Role.TRASH),
        ("Elementy usunięte", Role.TRASH),
        ("Slettede elementer", Role.TRASH),
        ("Gönderilmiş Öğeler", Role.SENT),
        ("Archief", Role.ARCHIVE),
        ("Courrier indésirable", Role.JUNK),
        ("Junk_E-mail", Role.JUNK),
        ("Kunden", Role.OTHER),
        ("Archive/2024", Role.OTHER),
        ("Presentations", Role.OTHER),
    ],
)
def test_a_folder_is_known_by_its_name_in_many_languages(name, role):
    assert roles([listed(name)])[wire(name)] is role


@pytest.mark.shows("INBOX-03")
def test_the_servers_word_goes_before_the_name_and_each_role_is_given_once():
    given = [listed("Sent"), listed("Messages", "\\sent"), listed("A/Trash"), listed("Trash")]

    found = roles([*given, listed("All", "\\all"), listed("Kept", "\\archive")])

    assert {readable(name): role.value for name, role in found.items()} == {
        "Sent": "other", "Messages": "sent", "A/Trash": "other", "Trash": "trash", "All": "other", "Kept": "archive",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Entwürfe", "R&D", "&&", "日本語", "a&é/b", "Wärme 100%", "~peter/mail/台北/日本語"])
def test_a_name_reads_as_it_was_written(name):
    assert readable(wire(name)) == name


@pytest.mark.parametrize("name", [b"&", b"&!!!-", b"&AAA", b"\xff\xfe", b"&2D3-"])
def test_a_name_that_is_none_is_shown_as_it_stands(name):
    assert isinstance(readable(name), str)
