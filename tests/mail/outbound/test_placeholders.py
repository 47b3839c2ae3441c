"""The placeholder language: what it fills in, what it refuses, what it leaves alone."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.mail.outbound import placeholders
from relance.mail.outbound.placeholders import FieldKind, Money, PlaceholderErrors, ProblemCode

CATALOGUE = {
    "Person.firstName": FieldKind.TEXT,
    "Person.lastName": FieldKind.TEXT,
    "Account.name": FieldKind.TEXT,
    "Deal.amount": FieldKind.MONEY,
    "Deal.closeDate": FieldKind.DATE,
    "Deal.meetingAt": FieldKind.DATETIME,
    "Person.cf_seats": FieldKind.NUMBER,
    "User.signature": FieldKind.HTML,
}


def filled(text, language="en", **values):
    return placeholders.fill(text, values.pop("values", values), CATALOGUE, language=language)


def only_problem(text):
    [problem] = placeholders.check(text, CATALOGUE)
    return problem


@pytest.mark.shows("TPL-02", "ESPC-02")
def test_fields_of_several_records_are_filled_in():
    values = {"Person.firstName": "Marie", "Account.name": "Radium SA"}

    assert filled("{Person.firstName} of {Account.name}.", values=values) == "Marie of Radium SA."


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize("empty", [None, "", "   ", "\n"])
def test_an_empty_field_reads_as_its_fallback(empty):
    values = {"Person.firstName": empty}

    assert filled("Hello {Person.firstName|there}", values=values) == "Hello there"
    assert filled("Hello {Person.firstName}!", values=values) == "Hello !"


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize(
    ("template", "value", "words"),
    [
        ("{Person.firstName:upper}", "Hélène", "HÉLÈNE"),
        ("{Person.firstName:lower}", "HÉLÈNE", "hélène"),
        ("{Person.firstName:capitalize}", "hélène", "Hélène"),
        ("{Person.firstName:capitalize}", "HÉLÈNE", "Hélène"),
        ("{Person.firstName:capitalize}", "McDonald", "McDonald"),
        ("{Person.firstName:title}", "JEAN-PIERRE de la tour", "Jean-Pierre De La Tour"),
        ("{ Person.firstName : title | there }", "", "there"),
        ("{Person.firstName|l'équipe & co}", "", "l'équipe & co"),
    ],
)
def test_names_take_simple_formats(template, value, words):
    assert filled(template, values={"Person.firstName": value}) == words


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize(
    ("template", "name", "value", "language", "words"),
    [
        ("{Deal.amount}", "Deal.amount", Decimal("1250"), "en", "€1,250.00"),
        ("{Deal.amount:money}", "Deal.amount", Decimal("1250"), "fr", "1\u202f250,00\xa0€"),
        ("{Deal.amount}", "Deal.amount", Money(Decimal("9.5"), "USD"), "en", "$9.50"),
        ("{Deal.amount:number}", "Deal.amount", Decimal("1250.5"), "en", "1,250.5"),
        ("{Deal.amount}", "Deal.amount", "1250.00", "en", "€1,250.00"),
        ("{Deal.amount|to be agreed}", "Deal.amount", None, "en", "to be agreed"),
        ("{Deal.amount}", "Deal.amount", "about 12", "en", "about 12"),
        ("{Person.cf_seats}", "Person.cf_seats", 12000, "de", "12.000"),
        ("{Deal.closeDate}", "Deal.closeDate", date(2026, 2, 28), "fr", "28 février 2026"),
        ("{Deal.closeDate:date}", "Deal.closeDate", "2026-02-28", "en", "February 28, 2026"),
        ("{Deal.closeDate}", "Deal.closeDate", date(2026, 2, 28), "tlh", "February 28, 2026"),
        ("{Deal.meetingAt:time}", "Deal.meetingAt", datetime(2026, 3, 27, 17, 5, tzinfo=UTC), "fr", "17:05"),
        (
            "{Deal.meetingAt:date}",
            "Deal.meetingAt",
            datetime(2026, 3, 27, 17, 5, tzinfo=UTC),
            "fr",
            "27 mars 2026",
        ),
    ],
)
def test_money_and_dates_read_in_the_recipients_language(template, name, value, language, words):
    assert filled(template, language=language, values={name: value}) == words


@pytest.mark.shows("X7")
@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{% debug %}",
        "{7*7}",
        "{}",
        "{{}}",
        "${jndi:ldap}",
        "a{color:red}",
        "@media print{a{color:red}b{c:d}}",
        "{ 'a' }",
        "{Person}",
        "{",
        "}",
        "{.}",
        "{a.}",
    ],
)
def test_any_other_brace_is_plain_text(text):
    assert filled(text) == text


@pytest.mark.shows("TPL-02")
def test_a_doubled_opening_brace_writes_the_placeholder_itself():
    assert filled("Write {{Person.firstName} for the name") == "Write {Person.firstName} for the name"


@pytest.mark.shows("X7", "TPL-02")
def test_the_double_braces_of_other_products_are_refused():
    problem = only_problem("Hello {{Person.firstName}}")

    assert (problem.code, problem.name) == (ProblemCode.DOUBLE_BRACES, "Person.firstName")


@pytest.mark.shows("X7", "TPL-02", "ESPC-02")
@pytest.mark.parametrize(
    "name",
    [
        "Contact.owner.password",
        "Person.__class__",
        "Person.firstName.upper",
        "Settings.SECRET_KEY",
        "person.firstname",
        "Personne.prénom",
    ],
)
def test_a_field_outside_the_catalogue_is_refused_by_name(name):
    with pytest.raises(PlaceholderErrors) as refused:
        filled(f"Hello {{{name}}}")

    assert [problem.name for problem in refused.value.problems] == [name]


@pytest.mark.shows("TPL-02")
def test_an_unknown_field_is_named_with_its_place_and_the_nearest_known_one():
    [first, second] = placeholders.check("Hello\n  {Person.fristName}\n{Deal.zzz}", CATALOGUE, part="html")

    assert (first.code, first.line, first.column, first.nearest, first.part) == (
        ProblemCode.UNKNOWN_FIELD,
        2,
        3,
        "Person.firstName",
        "html",
    )
    assert (second.line, second.column, second.nearest) == (3, 1, None)


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize("written", ["{firstName}", "{ firstname }", "{Contact.firstName}"])
def test_a_field_without_its_record_is_refused_and_the_full_name_proposed(written):
    assert only_problem(f"Hello {written}").nearest == "Person.firstName"


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize(
    ("template", "code", "nearest"),
    [
        ("{Person.firstName:uper}", ProblemCode.UNKNOWN_FORMAT, "upper"),
        ("{Person.firstName:money}", ProblemCode.UNFIT_FORMAT, None),
        ("{Deal.amount:upper}", ProblemCode.UNFIT_FORMAT, None),
        ("{User.signature:upper}", ProblemCode.UNFIT_FORMAT, None),
    ],
)
def test_a_format_that_does_not_fit_is_refused(template, code, nearest):
    problem = only_problem(template)

    assert (problem.code, problem.nearest) == (code, nearest)


@pytest.mark.shows("TPL-02")
def test_the_reserved_links_need_no_catalogue():
    assert placeholders.check("{Unsubscribe.link} {Link.spring-sale}", {}) == []


@pytest.mark.shows("TPL-02")
def test_an_editors_percent_encoded_braces_are_placeholders_too():
    [before, slot] = placeholders.parse("https://x.fr/?n=%7BPerson.firstName%7Cmy%20friend%7D", CATALOGUE)

    assert before == "https://x.fr/?n="
    assert (slot.name, slot.fallback) == ("Person.firstName", "my friend")


@pytest.mark.shows("TPL-02")
def test_a_fallback_in_html_is_read_as_html():
    [slot] = placeholders.parse("{Person.firstName|R&amp;D}", CATALOGUE, html=True)

    assert slot.fallback == "R&D"


@pytest.mark.shows("TPL-02")
def test_the_fields_of_a_template_are_known_before_it_is_filled():
    text = "{Person.firstName} {Deal.amount:money|?} {{Account.name} {Unknown.one} {plain}"

    assert placeholders.names(text) == {"Person.firstName", "Deal.amount", "Unknown.one"}


@pytest.mark.shows("X7")
@given(st.text())
def test_data_that_looks_like_a_template_stays_data(value):
    hostile = value + "{Person.lastName}{{7*7}}{% debug %}"
    values = {"Person.firstName": hostile, "Person.lastName": "secret"}

    assert filled("[{Person.firstName}]", values=values) == f"[{hostile}]"


@pytest.mark.shows("X7", "TPL-02")
@given(
    st.lists(st.sampled_from(["{", "}", "{{", "Person", ".", "firstName", ":", "upper", "|", "a", "%7B", " ", "\n"]))
)
def test_a_template_is_filled_or_refused_but_never_breaks(pieces):
    text = "".join(pieces)

    if not placeholders.check(text, CATALOGUE):
        assert isinstance(filled(text, values={"Person.firstName": "Marie"}), str)
