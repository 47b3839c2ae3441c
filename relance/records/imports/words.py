"""The sentences of an import: why a file is refused, why a row is left out, what was put right in one."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.records.imports.cells import Data

FILES: Mapping[str, str | Promise] = {
    "empty": gettext_lazy("The file holds no rows. Nothing was imported. Choose another file."),
    "no_rows": gettext_lazy("The file holds a header and no rows. Nothing was imported. Choose another file."),
    "too_large": gettext_lazy(
        "The file is larger than %(limit)s MB. Nothing was imported. Split it into smaller files."
    ),
    "too_many_rows": gettext_lazy(
        "The file holds more than %(limit)s rows. Nothing was imported. Split it into smaller files."
    ),
    "too_many_columns": gettext_lazy(
        "The file has more than %(limit)s columns. Nothing was imported. Keep the columns you need and try again."
    ),
    "line_too_long": gettext_lazy(
        "A line of the file is too long to be a row of a table. Nothing was imported. Export the file again as CSV."
    ),
    "open_quote": gettext_lazy(
        "A quotation mark opened near row %(row)s is never closed. Nothing was imported. Correct that row."
    ),
    "bomb": gettext_lazy("The workbook unpacks to far more than its size. Nothing was imported. Save its rows as CSV."),
    "broken_workbook": gettext_lazy(
        "The workbook cannot be opened. Nothing was imported. Save it again as XLSX, or as CSV."
    ),
    "locked_workbook": gettext_lazy(
        "The workbook is protected by a password. Nothing was imported. Save a copy without password."
    ),
    "old_workbook": gettext_lazy(
        "This is an old or protected workbook (.xls). Nothing was imported. Save it as XLSX without password, "
        "or as CSV."
    ),
    "web_page": gettext_lazy(
        "This file is a web page, whatever its name says. Nothing was imported. Open it in a spreadsheet and "
        "save it as XLSX or CSV."
    ),
    "not_a_table": gettext_lazy("This is neither a CSV file nor an XLSX workbook. Nothing was imported."),
    "bad_card": gettext_lazy(
        "“%(line)s” is not a line of an address card. Nothing was imported. Export the contacts again as vCard."
    ),
    "card_not_closed": gettext_lazy(
        "Address card %(card)s does not end. Nothing was imported. The file may be cut: export the contacts again."
    ),
    "crashed": gettext_lazy(
        "The import stopped on an unexpected error. What is in stays, nothing is doubled. Continue, or undo it."
    ),
    "file_gone": gettext_lazy("The uploaded file is no longer there. What is in stays. Upload it again."),
    "not_an_encoding": gettext_lazy("This encoding is not offered. Choose one of the list."),
}

ROWS: Mapping[str, str | Promise] = {
    "bad_address": gettext_lazy("“%(address)s” is not an e-mail address: %(problem)s."),
    "nothing_to_name": gettext_lazy("The row has neither an e-mail address nor a name."),
    "too_many_cells": gettext_lazy(
        "The row has %(count)s cells under %(expected)s columns, so values may have shifted."
    ),
    "cell_too_long": gettext_lazy("A cell is longer than %(limit)s characters."),
    "exists": gettext_lazy("The address belongs to %(name)s already."),
    "exists_unseen": gettext_lazy("The address is known already."),
    "exists_named": gettext_lazy("There is a record named %(name)s already."),
    "exists_unseen_named": gettext_lazy("There is a record of this name already."),
    "repeated_named": gettext_lazy("The name comes earlier in the file."),
    "repeated_row_named": gettext_lazy("The name comes in row %(row)s already."),
    "refused": "%(sentence)s",
    "missing_value": gettext_lazy("“%(field)s” is empty, and must not be."),
    "unfit_value": gettext_lazy("“%(value)s” does not fit “%(field)s”, which must not be empty."),
    "repeated": gettext_lazy("The address comes earlier in the file."),
    "repeated_row": gettext_lazy("The address comes in row %(row)s already."),
    "not_yours": gettext_lazy("The address belongs to a record that your role may not change."),
    "several_addresses": gettext_lazy("“%(value)s” holds several addresses. The first is the primary one."),
    "repeated_address": gettext_lazy("“%(value)s” names an address twice. It is kept once."),
    "full_stop_dropped": gettext_lazy("The full stop after “%(value)s” was dropped."),
    "address_left_out": gettext_lazy("“%(address)s” was left out: %(problem)s."),
    "broken_character": gettext_lazy("“%(value)s” holds a character that cannot be read in this encoding."),
    "cut": gettext_lazy("“%(field)s” was cut after %(limit)s characters."),
    "link_not_found": gettext_lazy(
        "“%(field)s”: you see no “%(value)s” there. Correct it, or empty the cell, and import the row again."
    ),
    "link_ambiguous": gettext_lazy(
        "“%(field)s”: several are called “%(value)s”. Write an e-mail address or the number of the record, and import "
        "the row again."
    ),
    "value_left_out": gettext_lazy("“%(value)s” was left out: it does not fit “%(field)s”."),
}

SHORT: Mapping[str, str | Promise] = {
    "bad_address": gettext_lazy("not an e-mail address"),
    "nothing_to_name": gettext_lazy("neither an address nor a name"),
    "too_many_cells": gettext_lazy("more cells than columns"),
    "cell_too_long": gettext_lazy("a cell is too long"),
    "several_addresses": gettext_lazy("several addresses in one cell, the first is the primary one"),
    "repeated_address": gettext_lazy("an address named twice, kept once"),
    "full_stop_dropped": gettext_lazy("a full stop after the address, dropped"),
    "address_left_out": gettext_lazy("a second address that is none, left out"),
    "broken_character": gettext_lazy("a character that cannot be read in this encoding"),
    "cut": gettext_lazy("a value too long for its field, cut"),
    "value_left_out": gettext_lazy("a value that does not fit its field, left out"),
    "link_not_found": gettext_lazy("a link to a record that is not there"),
    "refused": gettext_lazy("a value that no record may hold"),
    "link_ambiguous": gettext_lazy("a link that several records answer to"),
    "missing_value": gettext_lazy("a required value is missing"),
    "unfit_value": gettext_lazy("a required value does not fit its field"),
}

PROBLEMS: Mapping[str, str | Promise] = {
    "empty": gettext_lazy("it is empty"),
    "no_at_sign": gettext_lazy("there is no @"),
    "two_at_signs": gettext_lazy("there are two @"),
    "space": gettext_lazy("there is a space in it"),
    "control_character": gettext_lazy("there is an invisible character in it"),
    "no_local_part": gettext_lazy("nothing stands before the @"),
    "bad_local_part": gettext_lazy("what stands before the @ is not allowed"),
    "eight_bit_local_part": gettext_lazy("there is an accent before the @"),
    "no_domain": gettext_lazy("nothing stands after the @"),
    "bad_domain": gettext_lazy("what stands after the @ is not a domain"),
    "too_long": gettext_lazy("it is too long"),
}


def file_sentence(reason: str, data: Data) -> str:
    """Why a file is refused, or an import was interrupted."""
    return str(FILES.get(reason, FILES["crashed"])) % data


def short(reason: str) -> str:
    """A reason in a few words, for counts."""
    return str(SHORT.get(reason, reason))


def row_sentence(reason: str, data: Data, labels: Mapping[str, object]) -> str:
    """Why a row is left out, or what was put right in it; `labels` are the names of fields by key."""
    told: dict[str, str | int] = dict(data)
    if reason in ("exists", "exists_named") and not told.get("name"):
        reason = reason.replace("exists", "exists_unseen")
    if "problem" in told:
        told["problem"] = str(PROBLEMS.get(str(told["problem"]), told["problem"]))
    if "field" in told:
        told["field"] = str(labels.get(str(told["field"]), told["field"]))
    return str(ROWS[reason]) % told if reason in ROWS else _("The row was left out.")
