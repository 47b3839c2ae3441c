"""The four roles that every installation has."""

import pytest

from relance.team.models import Grant, Level, Module, Role
from relance.team.policy import ensure_roles

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-03")]


def test_the_four_roles_are_made_with_their_rights_and_reach():
    Role.objects.all().delete()

    roles = ensure_roles()

    assert set(roles) == set(Role.Key.values)
    assert [key for key, role in roles.items() if role.administers] == ["administrator"]
    assert Grant.objects.count() == len(roles) * len(Module.values)
    assert roles["salesperson"].grants.get(module="lead").delete_level == Level.OWN


def test_roles_that_exist_are_left_as_they_are(django_assert_num_queries):
    Role.objects.filter(key="salesperson").update(may_export=True)
    Grant.objects.filter(role__key="salesperson").delete()

    with django_assert_num_queries(1):
        roles = ensure_roles()

    assert roles["salesperson"].may_export
    assert not roles["salesperson"].grants.exists()


def test_a_role_that_is_missing_comes_back_whole():
    Role.objects.filter(key="manager").delete()

    ensure_roles()

    assert Grant.objects.filter(role__key="manager").count() == len(Module.values)
