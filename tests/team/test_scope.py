"""Who may read what, asked in SQL, is what `policy.scope` says (REC-03, X8)."""

from datetime import UTC, datetime

import pytest
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from relance.people.actions import AccountDraft, add_account
from relance.people.models import Account
from relance.team import policy
from relance.team.actions import add_user
from relance.team.models import Grant, Level, Module, Team, User

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-03", "X8")]


@pytest.fixture
def accounts():
    """One of each: hers, of a colleague of her team, of another team, of somebody without a team, of nobody."""
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    owners = [
        add_user(email=f"{name}@helionne.example", name=name, role="salesperson", team=team)
        for name, team in (("her", north), ("near", north), ("far", south), ("alone", None))
    ]
    for owner in owners:
        add_account(AccountDraft(values={"name": owner.name}), by=owner, now=NOW)
    Account.objects.filter(pk=add_account(AccountDraft(values={"name": "nobody"}), by=owner, now=NOW).pk).update(
        owner=None
    )


def may_read(*viewers):
    sql = policy.scope_sql(Module.ACCOUNT, owner="owner_id", viewers=", ".join(str(user.pk) for user in viewers))
    seen = Account.objects.filter(RawSQL(sql, [], output_field=BooleanField()))
    return set(seen.values_list("name", flat=True))


@pytest.mark.parametrize("level", Level.values)
@pytest.mark.parametrize("email", ["her@helionne.example", "alone@helionne.example"])
@pytest.mark.parametrize("is_active", [True, False])
def test_the_database_says_what_the_policy_says(accounts, level, email, is_active):
    User.objects.filter(email=email).update(is_active=is_active)
    Grant.objects.filter(module=Module.ACCOUNT).update(read=level)
    user = User.objects.get(email=email)

    assert may_read(user) == set(Account.objects.visible_to(user).values_list("name", flat=True))


def test_an_administrator_reads_all_and_a_role_without_a_grant_nothing(accounts):
    boss, user = add_user(email="b@helionne.example", name="B", role="administrator"), User.objects.get(name="her")
    Grant.objects.filter(module=Module.ACCOUNT).delete()

    assert len(may_read(boss)) == 5
    assert may_read(user) == set()


def test_of_several_colleagues_all_have_to_see_it(accounts):
    Grant.objects.filter(module=Module.ACCOUNT).update(read=Level.TEAM)
    her, near, alone = (User.objects.get(name=name) for name in ("her", "near", "alone"))

    assert may_read(her, near) == {"her", "near"}
    assert may_read(her, alone) == set()
