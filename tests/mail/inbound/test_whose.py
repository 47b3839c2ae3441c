"""Whose mail it is (INBOX-04): a table of the rule, first answer first."""

import pytest

from relance.mail.inbound.whose import Earlier, Facts, Ours, Parent, whose

US = Ours(
    addresses=frozenset({"claire@helionne.example", "us@gmail.com"}),
    domains=frozenset({"helionne.example", "gmail.com"}),
)
EVE = Parent(module="contact", id=1)
JO = "jo@rouviere.example"
SENDER = "eve@rouviere.example"
OTHER = "lead@autre.example"
LEAD = Parent(module="lead", id=2)
ACME = Parent(module="account", id=3)
DEAL = Parent(module="deal", id=4)
HOLDERS = {
    "eve@rouviere.example": [LEAD, EVE],
    "lead@autre.example": [LEAD],
    "info@acme.example": [ACME],
    "claire@helionne.example": [LEAD],
    "bob@helionne.example": [LEAD],
    "somebody@gmail.com": [LEAD],
}
THREAD = Earlier(parent=DEAL, people=frozenset({"eve@rouviere.example", "claire@helionne.example"}))
CLAIRE = "claire@helionne.example"


@pytest.mark.shows("INBOX-04", "ESPI-05")
@pytest.mark.parametrize(
    ("facts", "person", "parent", "how"),
    [
        pytest.param({"sender": SENDER}, 1, EVE, "from", id="a contact before a lead"),
        pytest.param({"sender": "info@acme.example"}, None, ACME, "from", id="a company's address"),
        pytest.param({"sender": "no@x.example", "reply_to": [OTHER]}, 2, LEAD, "reply_to", id="Reply-To"),
        pytest.param({"sender": CLAIRE, "to": ["x@x.example", SENDER]}, 1, EVE, "to", id="to whom"),
        pytest.param({"sender": CLAIRE, "to": [CLAIRE], "cc": [OTHER]}, 2, LEAD, "cc", id="copied"),
        pytest.param({"sender": CLAIRE, "to": ["us@gmail.com"]}, None, None, "", id="users are never clients"),
        pytest.param({"sender": "bob@helionne.example"}, None, None, "", id="nor is our domain"),
        pytest.param({"sender": "somebody@gmail.com"}, 2, LEAD, "from", id="but a public domain is not ours"),
        pytest.param({"sender": SENDER, "earlier": [THREAD]}, 1, DEAL, "references", id="the thread"),
        pytest.param({"sender": CLAIRE, "to": [OTHER], "earlier": [THREAD]}, 2, DEAL, "references", id="our answer"),
        pytest.param({"sender": JO, "earlier": [THREAD]}, None, DEAL, "references", id="a colleague of hers"),
        pytest.param({"sender": "m@evil.test", "earlier": [THREAD]}, None, None, "", id="not a stranger"),
        pytest.param({"sender": "daemon@mx.example", "answered": LEAD}, 2, LEAD, "replied", id="a report of our mail"),
        pytest.param({"sender": SENDER, "answered": LEAD}, 1, LEAD, "replied", id="answered before from"),
        pytest.param({"sender": "x@x.example"}, None, None, "", id="nobody"),
        pytest.param({}, None, None, "", id="nothing"),
    ],
)  # fmt: skip
def test_the_first_rule_that_knows_an_answer_gives_it(facts, person, parent, how):
    found = whose(Facts(holders=HOLDERS, ours=US, **facts))

    assert (found.person, found.parent, found.how) == (person, parent, how)
