"""Where a mail is tracked: which links are followed, how they are numbered, what is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relance.mail.tracking import stamp
from relance.mail.tracking.footers import FOOTERS
from relance.mail.tracking.stamp import MARK, Link, Note, NoteCode, is_trackable, mark


def page(body):
    return f"<html><head></head><body>{body}</body></html>"


def marks(html, kind=stamp.CLICK):
    return [int(number) for found, number in MARK.findall(html) if found == kind]


@pytest.mark.shows("ENG-02", "CAMP-05")
def test_links_are_numbered_in_order_with_their_words():
    html = page(
        '<a href="https://exemple.fr/a?x=1&amp;y=2"><b>Notre</b> offre</a>'
        '<a href="http://exemple.fr/b"><img src="x.png" alt="Le logo"></a>'
        '<map><area href="https://exemple.fr/c" alt="Carte"></map>'
    )

    stamped = stamp.stamp(html)

    assert stamped.links == (
        Link(1, "https://exemple.fr/a?x=1&y=2", "Notre offre"),
        Link(2, "http://exemple.fr/b", "Le logo"),
        Link(3, "https://exemple.fr/c", "https://exemple.fr/c"),
    )
    assert marks(stamped.html) == [1, 2, 3]


@pytest.mark.shows("CAMP-05")
def test_the_same_address_under_the_same_words_counts_once():
    one, other = '<a href="https://exemple.fr">Offre</a>', '<a href="https://exemple.fr">Ici</a>'

    stamped = stamp.stamp(page(one + other + one))

    assert [link.label for link in stamped.links] == ["Offre", "Ici"]
    assert marks(stamped.html) == [1, 2, 1]


@pytest.mark.shows("ENG-01", "T5")
@pytest.mark.parametrize(
    "href",
    ["mailto:a@exemple.fr", "tel:+33123456789", "#haut", "", "/relative", "ftp://exemple.fr", "javascript:x()",
     "https://user:secret@exemple.fr/", "https://exemple.fr\\@evil.example", "https://", "https://exemple.fr:port/"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_left_as_it_is(href):
    html = page(f'<a href="{href}">x</a>')

    stamped = stamp.stamp(html)

    assert stamped.links == ()
    assert f'href="{href}"' in stamped.html


@pytest.mark.shows("ENG-01")
def test_a_link_marked_so_is_not_followed():
    stamped = stamp.stamp(page('<a data-no-track="" href="https://exemple.fr">x</a>'))

    assert stamped.links == ()
    assert '<a href="https://exemple.fr">x</a>' in stamped.html


@pytest.mark.shows("TPL-02", "T5")
def test_a_link_with_a_placeholder_is_left_direct_and_the_author_told():
    stamped = stamp.stamp(page(f'<a href="https://exemple.fr/{mark(stamp.FIELD, 4)}">x</a>'))

    assert stamped.links == ()
    assert stamped.notes == (Note(NoteCode.LINK_HAS_FIELD, "https://exemple.fr/{…}"),)
    assert mark(stamp.FIELD, 4) in stamped.html


@pytest.mark.shows("CAMP-05")
def test_with_automatic_tracking_off_only_the_campaigns_links_are_followed():
    html = page(f'<a href="https://exemple.fr">x</a><a href="{mark(stamp.NAMED, 0)}">y</a>')

    stamped = stamp.stamp(html, named=[("spring", "https://exemple.fr/spring")], track_all=False)

    assert stamped.links == (Link(1, "https://exemple.fr/spring", "y"),)


@pytest.mark.shows("ENG-02")
def test_outlooks_own_buttons_are_followed_too():
    button = '<!--[if mso]><v:roundrect href="https://exemple.fr/a" arcsize="10%"><![endif]-->'

    stamped = stamp.stamp(page(button))

    assert [link.url for link in stamped.links] == ["https://exemple.fr/a"]
    assert f'<v:roundrect href="{mark(stamp.CLICK, 1)}" arcsize="10%">' in stamped.html


@pytest.mark.shows("ENG-02")
def test_the_pixel_is_the_last_thing_in_the_body():
    stamped = stamp.stamp(page("<p>x</p>"))

    assert stamped.html == page("<p>x</p>" + mark(stamp.PIXEL))


@pytest.mark.shows("SEQ-09", "UNSUB-03")
@pytest.mark.parametrize("language", sorted(FOOTERS))
def test_every_promised_language_has_its_footer(language):
    stamped = stamp.stamp(page("<p>x</p>"), footer=language)

    assert {"fr", "en", "de", "es", "it", "nl", "pt"} <= set(FOOTERS)
    assert FOOTERS[language].link in stamped.html
    assert marks(stamped.html, stamp.UNSUBSCRIBE) == [0]
    assert stamped.notes == (Note(NoteCode.FOOTER_ADDED),)


@pytest.mark.shows("ENG-02")
def test_addresses_in_a_text_alone_are_followed_without_the_full_stop():
    stamped = stamp.stamp("", "Voir https://exemple.fr/a. Ou (https://exemple.fr/b), https://x@exemple.fr/")

    assert [link.url for link in stamped.links] == ["https://exemple.fr/a", "https://exemple.fr/b"]
    assert stamped.text == f"Voir {mark('c', 1)}. Ou ({mark('c', 2)}), https://x@exemple.fr/"


@pytest.mark.shows("T5")
@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://exemple.fr", True),
        ("http://exemple.fr:8080/a?b#c", True),
        ("https://xn--bcher-kva.example/é", True),
        ("https://[2001:db8::1]/", True),
        ("//exemple.fr", False),
        ("https:exemple.fr", False),
        ("https:///exemple.fr", False),
        ("https://a@exemple.fr", False),
        ("https://exemple.fr/\\", False),
        ("https://exemple.fr/a b", False),
        ("https://exemple.fr/a\nb", False),
        ("https://[::1", False),
        ("data:text/html,x", False),
    ],
)
def test_a_redirect_may_lead_only_to_a_plain_web_address(url, may):
    assert is_trackable(url) is may


@pytest.mark.shows("T5", "ENG-02")
@settings(deadline=None)
@given(st.text(alphabet="<>a \"'=/:hrefps&;.#\n\\@", max_size=80))
def test_stamping_never_breaks_and_every_link_may_be_redirected_to(html):
    stamped = stamp.stamp(f'<a href="{html}">x</a>{html}', html, footer="fr")

    assert all(is_trackable(link.url) for link in stamped.links)
    assert set(marks(stamped.html)) | set(marks(stamped.text)) == set(range(1, len(stamped.links) + 1))
