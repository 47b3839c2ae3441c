"""A file goes in: mapped, checked, written once, cancelled, undone."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import partial

import openpyxl
import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from relance import events
from relance.people import actions as people
from relance.people.models import Account, Address, ConsentProof, Person, Suppression
from relance.people.suppression import Wish
from relance.records.imports import actions, jobs, opening, running
from relance.records.imports.checking import preview
from relance.records.imports.limits import Limits
from relance.records.imports.reading import Choices
from relance.records.imports.refusals import BadMapping, FileRefused, NotNow
from relance.records.models import Change, Import, ImportRow
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Forbidden
from tests.records.people_files import people_file

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def claire():
    return add_user(email="claire@helionne.example", name="Claire Morel", role="manager")


@pytest.fixture
def reader():
    return add_user(email="luc@helionne.example", name="Luc", role="read_only")


def start(data: bytes | str, by, *, module="lead", name="prospects.csv", **options) -> Import:
    data = data.encode() if isinstance(data, str) else data
    return actions.start(actions.Upload(name=name, chunks=[data]), module=module, by=by, now=NOW, **options)


def bring_in(data: bytes | str, by, *, duplicates="skip", module="lead", now=NOW) -> Import:
    row = start(data, by, module=module)
    actions.set_mapping(row, row.mapping, duplicates=duplicates, owner=None, by=by)
    actions.check_now(row)
    actions.run(row, by=by, now=now)
    running.run_now(row.pk, now=now)
    row.refresh_from_db()
    return row


def counts(row: Import) -> dict[str, int]:
    return {name: getattr(row, name) for name in ("created", "updated", "skipped", "rejected")}


@pytest.mark.slow
def test_ten_thousand_rows_go_in_with_the_expected_counts(claire, django_assert_max_num_queries):
    made = people_file(10_000)

    with django_assert_max_num_queries(400):
        row = bring_in(made.text(encoding="cp1252", delimiter=";"), claire, module="contact")

    assert row.state == Import.State.DONE
    assert counts(row) == {
        "created": made.created, "updated": 0, "skipped": made.duplicates, "rejected": made.rejected,
    }  # fmt: skip
    assert Person.objects.filter(kind="contact", import_id=row.pk).count() == made.created
    assert Address.objects.count() == made.created + made.two_addresses
    assert Account.objects.count() == made.companies
    assert row.rows.filter(reason="several_addresses").count() == made.two_addresses
    assert row.rows.filter(reason="full_stop_dropped").count() == made.full_stops


@pytest.mark.slow
def test_the_check_foretells_what_the_run_does_and_writes_nothing(claire):
    made = people_file(2_500)
    row = start(made.text(), claire)

    actions.check_now(row)

    assert Person.objects.count() == 0
    foretold = {name: row.forecast[name] for name in ("created", "updated", "skipped", "rejected")}
    actions.run(row, by=claire, now=NOW)
    running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    assert counts(row) == foretold
    assert row.forecast["rows"] == 2_500


@pytest.mark.shows("X18")
def test_an_upload_is_stored_under_a_random_name_and_its_mapping_is_guessed(claire, files):
    row = start("Prénom;Nom;E-mail\nAda;Lovelace;ada@exemple.fr\n", claire, name="../../etc/liste.csv")

    assert row.mapping == ["first_name", "last_name", "email"]
    assert (row.name, row.shape["delimiter"], row.total) == ("liste.csv", ";", 1)
    assert [file.name for file in files.iterdir()] == [row.file]


@pytest.mark.shows("X14")
def test_a_refused_file_leaves_nothing_behind(claire, files):
    with pytest.raises(FileRefused) as refused:
        start(b"a;b\n" * 1_000, claire, limits=Limits(file_bytes=2_000))

    assert refused.value.reason == "too_large"
    assert list(files.iterdir()) == []
    assert Import.objects.count() == 0


def test_a_header_without_rows_is_refused(claire):
    with pytest.raises(FileRefused) as refused:
        start("Nom;E-mail\n", claire)

    assert refused.value.reason in ("no_rows", "empty")


@pytest.mark.shows("REC-03")
def test_importing_needs_the_right_and_write_access_to_the_module(claire, reader):
    Grant.objects.filter(role=claire.role, module="contact").update(edit=0)

    with pytest.raises(Forbidden):
        start("E-mail\na@exemple.fr\n", reader)
    with pytest.raises(Forbidden):
        start("E-mail\na@exemple.fr\n", claire, module="contact")


def test_the_file_can_be_read_again_with_another_encoding(claire):
    row = start("Nom;E-mail\nHélène;h@exemple.fr\n".encode("mac_roman"), claire)

    actions.reread(row, Choices(encoding="mac_roman"), by=claire)

    assert row.shape["encoding_reason"] == "chosen"
    assert preview(row).rows[0].values[0] == "Hélène"


def test_a_mapping_that_names_nobody_is_refused(claire):
    row = start("Nom;E-mail;Ville\nA;a@exemple.fr;Nantes\n", claire)

    for mapping in (["", "", "city"], ["last_name", "email"], ["last_name", "last_name", ""], ["x", "email", ""]):
        with pytest.raises(BadMapping):
            actions.set_mapping(row, mapping, duplicates="skip", owner=None, by=claire)


def test_the_preview_shows_rows_as_they_will_be_stored(claire):
    row = start("Nom complet;E-mail\nAda Lovelace;ada@exemple.fr.\nX;rien\nB;ada@exemple.fr\n", claire)

    shown = preview(row)

    assert shown.labels == ("First name", "Last name", "E-mail address")
    assert [(line.number, line.fate) for line in shown.rows] == [(2, "create"), (3, "reject"), (4, "skip")]
    assert shown.rows[0].values == ("Ada", "Lovelace", "ada@exemple.fr")
    assert shown.rows[0].sentences == ("The full stop after “ada@exemple.fr.” was dropped.",)
    assert shown.rows[1].sentences == ("“rien” is not an e-mail address: there is no @.",)
    assert shown.rows[2].sentences == ("The address comes in row 2 already.",)


@pytest.mark.shows("REC-08", "REC-10")
def test_a_known_address_is_left_updated_or_doubled_as_chosen(claire):
    draft = people.PersonDraft(values={"first_name": "Ada", "city": "Nantes", "phone": "1"}, emails=("ada@exemple.fr",))
    ada = people.add_person("contact", draft, by=claire, now=NOW)
    data = "Prénom;E-mail;Ville;Tél\nAugusta;ADA@exemple.fr, augusta@exemple.fr;Angers;\n"

    assert counts(bring_in(data, claire, duplicates="skip"))["skipped"] == 1
    assert Person.objects.get().city == "Nantes"

    assert counts(bring_in(data, claire, duplicates="update", now=LATER))["updated"] == 1
    ada = Person.objects.get()
    assert (ada.kind, ada.first_name, ada.city, ada.phone) == ("contact", "Augusta", "Angers", "1")
    assert [address.normal for address in ada.addresses.all()] == ["ada@exemple.fr", "augusta@exemple.fr"]
    assert (ada.primary_email, ada.updated_at, ada.created_at) == ("ada@exemple.fr", LATER, NOW)
    assert "augusta@exemple.fr" in ada.search
    line = Change.objects.get(module="contact", record_id=ada.pk, way="import")
    assert (line.act, line.by, line.fields["city"]) == ("changed", claire, ["Nantes", "Angers"])

    assert counts(bring_in(data, claire, duplicates="create"))["created"] == 1
    assert Address.objects.filter(normal="ada@exemple.fr").count() == 2
    added = Change.objects.get(act="added", way="import")
    assert (added.name, added.by, added.fields) == ("Augusta", claire, {})


@pytest.mark.shows("REC-03", "X8")
def test_a_record_of_somebody_else_is_not_updated_nor_named(claire):
    Grant.objects.filter(role=claire.role).update(read=1, edit=1)
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator")
    people.add_person(
        "lead", people.PersonDraft(values={"last_name": "Secret"}, emails=("s@exemple.fr",)), by=boss, now=NOW
    )
    data = "Nom;E-mail\nAutre;s@exemple.fr\n"

    row = bring_in(data, claire, duplicates="update")

    assert counts(row)["skipped"] == 1
    assert Person.objects.get().last_name == "Secret"
    assert "Secret" not in str(list(row.rows.values()))


@pytest.mark.shows("UNSUB-02", "UNSUB-06")
def test_wishes_and_consents_of_the_file_are_kept_with_their_origin(claire):
    row = bring_in("E-mail;Désinscrit;Suivi accepté\na@exemple.fr;oui;non\nb@exemple.fr;;oui\n", claire)

    line = Suppression.objects.get()
    assert (line.normal, line.route, line.words) == ("a@exemple.fr", "import", row.name)
    assert {(p.primary_email, p.tracking_consent) for p in Person.objects.all()} == {
        ("a@exemple.fr", "denied"), ("b@exemple.fr", "granted"),
    }  # fmt: skip
    assert {proof.how for proof in ConsentProof.objects.all()} == {"import"}


@pytest.mark.shows("UNSUB-02", "X17")
def test_an_address_that_opted_out_stays_out_when_it_is_imported_again(claire):
    people.opt_out(Wish(normal="a@exemple.fr", route="page", at=NOW))

    bring_in("E-mail\na@exemple.fr\n", claire, now=LATER)

    assert Suppression.objects.get().at == NOW


def test_owners_are_found_by_address_or_name_and_otherwise_left_with_a_note(claire):
    zoe = add_user(email="zoe@helionne.example", name="Zoé Petit", role="salesperson")

    row = bring_in(
        "E-mail;Propriétaire\na@x.fr;zoe@helionne.example\nb@x.fr;ZOE PETIT\nc@x.fr;Nobody\nd@x.fr;\n", claire
    )

    owners = {p.primary_email[0]: p.owner for p in Person.objects.select_related("owner")}
    assert owners == {"a": zoe, "b": zoe, "c": claire, "d": claire}
    assert row.rows.get().reason == "value_left_out"


def test_companies_of_contacts_are_found_by_folded_name_or_made_once(claire):
    known = people.add_account(people.AccountDraft(values={"name": "Ateliers du Léman"}), by=claire, now=NOW)

    bring_in(
        "E-mail;Société;Site web\na@x.fr;ATELIERS DU LEMAN;\nb@x.fr;Brûlé;www.brule.fr\nc@x.fr;brule;\n",
        claire,
        module="contact",
    )

    accounts = {p.primary_email: p.account for p in Person.objects.select_related("account")}
    assert accounts["a@x.fr"] == known
    assert accounts["b@x.fr"] == accounts["c@x.fr"]
    assert Account.objects.get(name="Brûlé").website == "www.brule.fr"
    assert Account.objects.count() == 2


def test_the_news_of_new_people_and_of_the_end_is_told(claire):
    before = set(ProcrastinateJob.objects.values_list("pk", flat=True))

    row = bring_in("E-mail\na@x.fr\nb@x.fr\n", claire)

    told = [job.args["news"] for job in ProcrastinateJob.objects.exclude(pk__in=before).filter(task_name=events.TASK)]
    created = [item["person_id"] for news in told for item in news.get("RecordCreated", [])]
    assert sorted(created) == sorted(Person.objects.values_list("pk", flat=True))
    assert [{"import_id": row.pk}] in [news.get("ImportFinished") for news in told]


@pytest.mark.slow
def test_a_worker_that_dies_is_followed_by_one_that_doubles_nothing(claire, monkeypatch):
    monkeypatch.setattr(running, "batches", partial(opening.batches, size=100))
    made = people_file(350)
    row = start(made.text(), claire)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    dies_after(2, monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.treated) == (Import.State.RUNNING, 200)
    monkeypatch.undo()
    running.run_now(row.pk, now=LATER)

    row.refresh_from_db()
    assert (row.state, row.created) == (Import.State.DONE, made.created)
    assert Person.objects.count() == made.created


def dies_after(batches: int, monkeypatch) -> None:
    """The worker is killed inside the batch after so many: its transaction is lost."""
    real, done = running._remarks, []

    def remarks(*given):
        if len(done) == batches:
            raise KeyboardInterrupt
        done.append(1)
        return real(*given)

    monkeypatch.setattr(running, "_remarks", remarks)


def test_a_crash_leaves_the_import_interrupted_and_it_can_go_on(claire, monkeypatch):
    row = start(people_file(150).text(), claire)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    monkeypatch.setattr(running, "_count", lambda *given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.error["reason"], Person.objects.count()) == (Import.State.FAILED, "crashed", 0)
    monkeypatch.undo()
    actions.run(row, by=claire, now=NOW)
    running.run_now(row.pk, now=NOW)

    row.refresh_from_db()
    assert row.state == Import.State.DONE


def test_a_second_ring_of_the_bell_changes_nothing(claire):
    row = bring_in(people_file(300).text(), claire)
    before = Person.objects.count()

    jobs.run(import_id=row.pk)

    assert Person.objects.count() == before


def test_a_worker_leaves_an_import_that_another_one_has_moved_on(claire):
    row = start(people_file(50).text(), claire)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    stale = Import.objects.get(pk=row.pk)
    Import.objects.filter(pk=row.pk).update(reached=20)

    assert running._all_batches(stale, NOW) is False
    assert Person.objects.count() == 0


def test_the_file_is_deleted_when_the_import_is_over(claire, files, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bring_in("E-mail\na@x.fr\n", claire)

    assert Import.objects.get().state == Import.State.DONE
    assert list(files.iterdir()) == []


def test_a_running_import_can_be_cancelled_and_then_undone(claire, files):
    row = start(people_file(50).text(), claire)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)

    actions.cancel(row, by=claire, now=NOW)
    running.run_now(row.pk, now=NOW)

    assert Person.objects.count() == 0
    assert list(files.iterdir()) == []
    assert actions.undo(row, by=claire, now=NOW).removed == 0


def test_undo_takes_back_what_nobody_has_used_since(claire):
    row = bring_in("Nom;E-mail;Société\nA;a@x.fr;Un\nB;b@x.fr;Deux\nC;c@x.fr;Trois\n", claire, module="contact")
    touched = Person.objects.get(primary_email="a@x.fr")
    people.edit_person(touched, people.PersonDraft(values={"city": "Nantes"}), by=claire, now=LATER)
    people.record_consent(
        Person.objects.get(primary_email="b@x.fr"), "granted", how="page", words="", source="", by=None, now=LATER
    )

    removed = actions.undo(row, by=claire, now=LATER)

    assert (removed.removed, removed.kept) == (1, 2)
    assert {person.primary_email for person in Person.objects.all()} == {"a@x.fr", "b@x.fr"}
    assert {account.name for account in Account.objects.all()} == {"Un", "Deux"}
    assert Import.objects.get().state == Import.State.UNDONE


def test_what_cannot_be_done_now_is_refused_with_a_sentence(claire):
    row = bring_in("E-mail\na@x.fr\n", claire)

    for act in (
        lambda: actions.run(row, by=claire, now=NOW),
        lambda: actions.cancel(row, by=claire, now=NOW),
        lambda: actions.set_mapping(row, ["email"], duplicates="skip", owner=None, by=claire),
        lambda: actions.check(row, by=claire),
    ):
        with pytest.raises(NotNow, match="This import is finished"):
            act()


def test_a_long_file_is_checked_by_a_job(claire, monkeypatch):
    monkeypatch.setattr(actions, "CHECKED_AT_ONCE", 10)
    row = start(people_file(30).text(), claire)

    actions.check(row, by=claire)
    assert row.state == Import.State.CHECKING
    jobs.check(import_id=row.pk)

    row.refresh_from_db()
    assert (row.state, row.forecast["rows"]) == (Import.State.CHECKED, 30)


def test_rows_left_out_keep_their_reason_and_their_cells(claire):
    row = bring_in("Nom;E-mail\nA;rien\nB;b@x.fr\n", claire)

    (rejected,) = row.rows.filter(outcome=ImportRow.Outcome.REJECTED)
    assert (rejected.number, rejected.reason, rejected.cells) == (2, "bad_address", ["A", "rien"])


def test_an_upload_that_nobody_runs_is_forgotten_after_a_week(claire, files):
    start("E-mail\na@x.fr\n", claire)
    done = bring_in("E-mail\nb@x.fr\n", claire)

    assert actions.forget_abandoned(NOW + timedelta(days=6)) == 0
    assert actions.forget_abandoned(NOW + timedelta(days=8)) == 1

    assert list(Import.objects.all()) == [done]
    assert [file.name for file in files.iterdir()] == [done.file]


@pytest.mark.slow
def test_a_workbook_goes_in_like_a_text_file_and_leaves_no_copy(claire, files, django_capture_on_commit_callbacks):
    made = people_file(1_200)

    with django_capture_on_commit_callbacks(execute=True):
        row = bring_in(made.workbook(), claire)

    assert counts(row) == {
        "created": made.created, "updated": 0, "skipped": made.duplicates, "rejected": made.rejected,
    }  # fmt: skip
    assert list(files.iterdir()) == []


def test_rows_of_a_workbook_keep_the_numbers_of_the_spreadsheet(claire):
    book = openpyxl.Workbook()
    for line in (["sep=;", None], ["Ville", "E-mail"], [], ["A\nB", "a@x.fr"], ["C", "rien"]):
        book.active.append(line)
    book.active.delete_rows(1)
    out = io.BytesIO()
    book.save(out)

    row = start(out.getvalue(), claire, name="liste.xlsx")

    assert [(line.number, line.fate) for line in preview(row).rows] == [(3, "create"), (4, "reject")]
    assert preview(row).rows[0].values[1] == "A B"
