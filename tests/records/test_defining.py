"""Administrators make fields and modules; nothing that records hold is lost by changing them."""

from datetime import UTC, datetime

import pytest

from relance.records import custom, defining, founding, registry
from relance.records.defining import BadField, FieldDraft
from relance.records.founding import BadModule, ModuleDraft
from relance.records.models import CustomField
from relance.records.registry import UnknownModule
from relance.records.values import BadValue
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Forbidden

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-01")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def admin():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def subscriptions(seller, admin):
    draft = ModuleDraft(name="Subscription", plural="Subscriptions", has_email=True)
    return founding.add_module(draft, by=admin, now=NOW)


def made(admin, label="Plan", kind="text", module="lead", **more):
    return defining.add_field(module, FieldDraft(label=label, kind=kind, **more), by=admin, now=NOW)


def lead(admin, **values):
    return registry.module("lead").verbs.add({"first_name": "Ève", **values}, by=admin, now=NOW)


def test_a_new_field_is_a_field_of_its_module_at_once(admin):
    field = made(admin, label="Date de renouvellement", kind="date", is_required=True)

    known = registry.field("lead", "date_de_renouvellement")
    assert (field.key, str(known.label), known.kind, known.required) == (known.key, field.label, "date", True)
    assert field.key not in {known.key for known in registry.fields("contact")}


def test_keys_are_plain_and_never_those_of_another_field(admin):
    keys = [made(admin, label=label).key for label in ("Ville / CITY", "E-mail!", "Ηλεκτρικό", "2nd phone", "City__x")]

    assert keys == ["ville_city", "e_mail", "field", "field_2nd_phone", "city_x"]


def test_a_label_stands_once_in_a_module(admin):
    made(admin)

    with pytest.raises(BadField, match="named “plan” already"):
        made(admin, label="plan")
    with pytest.raises(BadField, match="named “City” already"):
        made(admin, label="City")


def test_only_an_administrator_makes_fields_and_modules(seller, subscriptions):
    with pytest.raises(Forbidden):
        made(seller)
    with pytest.raises(Forbidden):
        founding.add_module(ModuleDraft(name="Site", plural="Sites"), by=seller, now=NOW)
    with pytest.raises(Forbidden):
        founding.retire_module(subscriptions, by=seller, now=NOW)


def test_a_type_stays_while_records_hold_values_that_another_would_lose(admin):
    field = made(admin)
    lead(admin, plan="pro")

    with pytest.raises(BadField, match="1 record holds a value"):
        defining.change_field(field, FieldDraft(label="Plan", kind="number"), by=admin)
    longer = defining.change_field(field, FieldDraft(label="Plan", kind="long_text"), by=admin)

    assert longer.kind == "long_text"


def test_a_type_is_free_until_somebody_has_used_it(admin):
    field = made(admin)

    assert defining.change_field(field, FieldDraft(label="Plan", kind="number"), by=admin).kind == "number"


def test_a_choice_that_records_hold_is_kept_and_renamed_under_its_key(admin):
    field = made(admin, kind="choice", choices=[("", "Free"), ("", "Pro")])
    lead(admin, plan="pro")

    with pytest.raises(BadField, match="1 record holds “Pro”"):
        defining.change_field(field, FieldDraft(label="Plan", kind="choice", choices=[("free", "Free")]), by=admin)
    renamed = [("pro", "Professional"), ("", "Gold")]
    defining.change_field(field, FieldDraft(label="Plan", kind="choice", choices=renamed), by=admin)

    assert registry.field("lead", "plan").options() == {"pro": "Professional", "gold": "Gold"}


@pytest.mark.parametrize(
    "draft",
    [
        FieldDraft(label=" ", kind="text"),
        FieldDraft(label="x" * 81, kind="text"),
        FieldDraft(label="Plan", kind="blob"),
        FieldDraft(label="Plan", kind="choice"),
        FieldDraft(label="Plan", kind="choice", choices=[("", "A"), ("", "a")]),
        FieldDraft(label="Plan", kind="link", target="nowhere"),
    ],
)
def test_a_field_that_cannot_be_is_refused(admin, draft):
    with pytest.raises(BadField):
        defining.add_field("lead", draft, by=admin, now=NOW)

    assert not CustomField.objects.exists()


def test_a_retired_field_is_shown_nowhere_and_comes_back_with_its_values(admin):
    field = made(admin)
    person = lead(admin, plan="pro")

    defining.retire_field(field, by=admin, now=NOW)
    shown = {known.key for known in registry.fields("lead")}
    defining.restore_field(field, by=admin)

    person.refresh_from_db()
    assert "plan" not in shown
    assert registry.field("lead", "plan").kind == "text"
    assert person.custom == {"plan": "pro"}


def test_a_field_made_under_the_name_of_a_retired_one_has_a_key_of_its_own(admin):
    defining.retire_field(made(admin), by=admin, now=NOW)

    assert made(admin, kind="number").key == "plan_2"


def test_fields_stand_in_the_order_that_was_asked(admin):
    one, two, three = (made(admin, label=label) for label in ("One", "Two", "Three"))

    defining.order_fields("lead", [three.pk, one.pk, 999], by=admin)

    assert [field.key for field in custom.fields_of("lead")][:3] == ["three", "one", "two"]
    assert two.module == "lead"


def test_a_new_module_has_the_reach_that_contacts_have(subscriptions, seller):
    grant = Grant.objects.get(role=seller.role, module="subscriptions")
    contact = Grant.objects.get(role=seller.role, module="contact")

    assert (grant.read, grant.edit, grant.delete_level) == (contact.read, contact.edit, contact.delete_level)


def test_records_of_a_module_are_added_changed_and_deleted(subscriptions, admin, seller):
    made(admin, module="subscriptions", label="Seats", kind="number")
    verbs = registry.module("subscriptions").verbs

    record = verbs.add({"email": "Zoe@Exemple.FR", "seats": 3}, by=seller, now=NOW)
    verbs.edit(record, {"name": "Zoé", "seats": None}, by=seller, now=NOW)

    record.refresh_from_db()
    assert (record.name, record.normal, record.owner, record.custom) == ("Zoé", "zoe@exemple.fr", seller, {})
    assert "zoe" in record.search
    verbs.delete(record, by=seller, now=NOW)
    assert not registry.module("subscriptions").visible(admin).exists()


def test_a_record_without_name_and_address_is_refused(subscriptions, seller):
    with pytest.raises(BadValue, match="Give a name"):
        registry.module("subscriptions").verbs.add({"owner": seller.pk}, by=seller, now=NOW)


@pytest.mark.shows("REC-03")
def test_a_record_is_seen_as_far_as_the_role_reaches(subscriptions, seller):
    other = add_user(email="paul@helionne.example", name="Paul", role="salesperson")
    registry.module("subscriptions").verbs.add({"name": "His"}, by=other, now=NOW)

    Grant.objects.filter(role=seller.role, module="subscriptions").update(read=1)

    assert not registry.module("subscriptions").visible(seller).exists()
    assert registry.module("subscriptions").visible(other).count() == 1


def test_a_retired_module_is_no_module_and_keeps_its_records(subscriptions, admin, seller):
    registry.module("subscriptions").verbs.add({"name": "One"}, by=seller, now=NOW)

    founding.retire_module(subscriptions, by=admin, now=NOW)
    with pytest.raises(UnknownModule):
        registry.module("subscriptions")
    founding.restore_module(subscriptions, by=admin)

    assert registry.module("subscriptions").visible(admin).count() == 1


@pytest.mark.parametrize("plural", ["Leads", " subscriptions ", ""])
def test_a_module_has_a_name_of_its_own(subscriptions, admin, plural):
    with pytest.raises(BadModule):
        founding.add_module(ModuleDraft(name="One", plural=plural), by=admin, now=NOW)


def test_addresses_that_records_hold_are_not_taken_from_them(subscriptions, admin, seller):
    registry.module("subscriptions").verbs.add({"email": "zoe@exemple.fr"}, by=seller, now=NOW)
    plain = ModuleDraft(name="Subscription", plural="Subscriptions", has_email=False)

    with pytest.raises(BadModule, match="1 record holds an e-mail address"):
        founding.change_module(subscriptions, plain, by=admin)
