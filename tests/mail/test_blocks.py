"""A newsletter of blocks: what is refused, that words stay words, and that it reads as a mail with a text part."""

from __future__ import annotations

import pytest

from relance.mail import blocks, safe_html
from relance.mail.blocks import BadBlocks
from relance.mail.templates import Parts, compile_parts

LETTER = [
    {"kind": "heading", "text": "News for {Person.firstName|you}", "align": "center"},
    {"kind": "text", "html": "<p>We <b>moved</b>.</p>"},
    {
        "kind": "columns",
        "columns": [
            [{"kind": "image", "src": "https://x.test/a.png", "alt": "Our house", "href": ""}],
            [{"kind": "button", "text": "See", "href": "https://x.test/?a=1&b=2"}],
        ],
    },
    {"kind": "divider"},
    {"kind": "footer", "html": "<p>Helionne, Lyon</p>"},
]


@pytest.mark.shows("TPL-03")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("<mjml>", "A newsletter is a list of blocks."),
        ([{"kind": "video"}], "There is no block of the kind “video”."),
        ([["heading"]], "There is no block of the kind “None”."),
        ([{"kind": "divider"}] * 61, "A newsletter has 60 blocks at most."),
        ([{"kind": "text", "html": "x" * 20_001}], "A block holds 20000 characters at most."),
        ([{"kind": "text", "html": 5}], "A block holds texts only."),
        ([{"kind": "columns", "columns": [[]]}], "Columns are two or three."),
        (
            [{"kind": "columns", "columns": [[{"kind": "columns", "columns": [[], []]}], []]}],
            "Columns cannot stand inside columns.",
        ),
        (
            [{"kind": "button", "text": "Go", "href": "javascript:alert(1)"}],
            "“javascript:alert(1)” is no address of a page. It begins with https://.",
        ),
    ],
)
def test_what_is_no_newsletter_is_refused_with_a_sentence(given, said):
    with pytest.raises(BadBlocks, match=r".+") as refused:
        blocks.read(given)

    assert str(refused.value) == said


@pytest.mark.shows("TPL-03", "X7")
def test_markup_in_a_block_is_words_and_scripts_are_taken_out():
    told = blocks.read([
        {"kind": "heading", "text": "<mj-raw> & <script>"},
        {"kind": "text", "html": "<p onclick='x'>A<script>alert(1)</script><mj-raw>B</mj-raw></p>"},
    ])  # fmt: skip

    html = blocks.html_of(told)

    assert "&lt;mj-raw&gt; &amp; &lt;script&gt;" in html
    assert "<p>AB</p>" in html
    assert "alert" not in html


@pytest.mark.django_db
@pytest.mark.shows("TPL-03")
def test_a_newsletter_is_a_mail_with_its_css_in_the_tags_and_a_text_part():
    told = blocks.read(LETTER)
    html = safe_html.clean(blocks.html_of(told))

    shown = compile_parts(Parts(subject="News", html=html)).preview({"Person.firstName": "Eve"})

    assert blocks.read(blocks.kept(told)) == told
    assert "News for Eve" in shown.html
    assert "mj-column-per-50" in shown.html
    assert 'href="https://x.test/?a=1&amp;b=2"' in shown.html
    assert "fonts.googleapis" not in shown.html
    assert [word for word in ("News for Eve", "We moved.", "See", "Helionne, Lyon") if word not in shown.text] == []
