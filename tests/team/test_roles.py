"""Roles of one's own: what they allow, what they refuse, and who may define them (REC-03)."""

from datetime import UTC, datetime

import pytest

from relance.people import actions as people
from relance.people.models import Person
from relance.team.actions import UserChange, add_user, edit_user
from relance.team.models import Grant, Level, Role
from relance.team.policy import Forbidden, allows, level
from relance.team.roles import BadRole, Reach, RoleDraft, add_role, delete_role, edit_role
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-03")]
ALL, OWN, NONE = Level.ALL, Level.OWN, Level.NONE
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def camille():
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def maud():
    return add_user(email="maud@helionne.example", name="Maud", role="salesperson")


def test_a_role_of_ones_own_reaches_as_far_as_it_says(camille, maud):
    draft = RoleDraft(name="Call centre", reach={"lead": Reach(read=ALL, edit=OWN)}, rights={"may_import": True})

    role = add_role(draft, by=camille)
    maud = edit_user(maud, UserChange(name="Maud", role=role.key), by=camille)

    assert [level(maud, "lead", act) for act in ("read", "edit", "delete")] == [ALL, OWN, NONE]
    assert level(maud, "contact", "read") == NONE
    assert (maud.role.may_import, maud.role.may_export) == (True, False)


def test_a_changed_role_holds_at_once(camille, maud):
    person = people.add_person("lead", people.PersonDraft(values={"last_name": "Le Goff"}), by=camille, now=NOW)
    assert Person.objects.visible_to(maud).filter(pk=person.pk).exists()

    edit_role(maud.role, RoleDraft(name="Salesperson", reach={"lead": Reach(read=OWN)}), by=camille)

    maud = type(maud).objects.get(pk=maud.pk)
    assert not Person.objects.visible_to(maud).filter(pk=person.pk).exists()
    assert not allows(maud, "lead", "edit", person)


@pytest.mark.parametrize("reach", [Reach(read=OWN, edit=ALL), Reach(delete=OWN)])
def test_nobody_changes_what_he_may_not_see(camille, reach):
    with pytest.raises(BadRole):
        add_role(RoleDraft(name="Odd", reach={"lead": reach}), by=camille)

    assert not Grant.objects.filter(role__name="Odd").exists()


@pytest.mark.parametrize("name", ["", "  ", "Manager", "manager"])
def test_a_role_has_a_name_of_its_own(camille, name):
    with pytest.raises(BadRole):
        add_role(RoleDraft(name=name), by=camille)


def test_the_administrators_role_stays_as_it_is(camille):
    with pytest.raises(BadRole):
        edit_role(camille.role, RoleDraft(name="Boss"), by=camille)


def test_a_role_that_somebody_holds_is_not_deleted(camille, maud):
    role = add_role(RoleDraft(name="Call centre"), by=camille)
    maud = edit_user(maud, UserChange(name="Maud", role=role.key), by=camille)

    with pytest.raises(BadRole, match="1 colleague holds"):
        delete_role(role, by=camille)

    edit_user(maud, UserChange(name="Maud", role="salesperson"), by=camille)
    delete_role(role, by=camille)
    assert not Role.objects.filter(pk=role.pk).exists()


def test_a_built_in_role_is_not_deleted(camille):
    with pytest.raises(BadRole):
        delete_role(Role.objects.get(key="read_only"), by=camille)


def test_only_administrators_define_roles(camille, maud):
    with pytest.raises(Forbidden):
        add_role(RoleDraft(name="Mine"), by=maud)


def test_the_page_makes_and_changes_a_role(client, camille, maud):
    client.force_login(camille)
    page = client.get("/settings/roles/new").context["form"]
    values = {name: str(field.initial or 0) for name, field in page.fields.items() if "-" in name}

    answer = client.post("/settings/roles/new", {**values, "name": "Call centre", "lead-read": "3", "lead-edit": "1"})

    role = Role.objects.get(name="Call centre")
    grant = role.grants.get(module="lead")
    assert answer.status_code == 302
    assert (grant.read, grant.edit) == (ALL, OWN)
    assert b"Call centre" in client.get("/settings/roles").content


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(client, camille):
    client.force_login(camille)
    role = Role.objects.get(key="manager")
    page = client.get(f"/settings/roles/{role.pk}").context["form"]
    values = {name: str(int(field.initial or 0)) for name, field in page.fields.items() if "-" in name}

    answer = client.post(f"/settings/roles/{role.pk}", {**values, "name": "Manager", "lead-read": "0"})

    assert answer.status_code == 422
    assert "at least as much reach" in answer.content.decode()
    assert role.grants.get(module="lead").read == ALL


@pytest.mark.parametrize("path", ["/settings/roles", "/settings/roles/new"])
def test_a_salesperson_sees_no_page_of_roles(client, camille, maud, path):
    client.force_login(maud)

    assert client.get(path).status_code == 403
