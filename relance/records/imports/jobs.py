"""The doorbells of an import; both are safe to ring twice."""

from __future__ import annotations

from contextlib import suppress

from procrastinate.contrib.django import app

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records.imports.checking import check_now
from relance.records.imports.running import run_now
from relance.records.models import Import

QUEUE = "imports"


@app.task(name="relance.imports.check", queue=QUEUE)
def check(*, import_id: int) -> None:
    """Count what a long file would do; a refusal is kept on the import."""
    row = Import.objects.select_related("by__role").get(pk=import_id)
    if row.state == Import.State.CHECKING:
        with suppress(Refused):
            check_now(row)


@app.task(name="relance.imports.run", queue=QUEUE)
def run(*, import_id: int) -> None:
    """Write what has not been written yet."""
    run_now(import_id, now=clock.now())
