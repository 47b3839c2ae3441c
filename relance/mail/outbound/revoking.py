"""SQL that takes leased copies back from whoever holds them, as far as they have not entered (D17).

Whoever uses it has locked the copies before (`FOR NO KEY UPDATE`, by their ids): leases come after copies, so that no
two wait for each other. What has entered is on its way, and the engine says what becomes of it.
"""

from __future__ import annotations


def places(lease: str) -> str:
    """A table (id, place) of the copies of one lease, counted from 0 as in `Lease.entered`."""
    return f"(SELECT id, (nr - 1)::smallint AS place FROM unnest({lease}.recipients) WITH ORDINALITY AS u(id, nr))"


def free(leases: str) -> str:
    """Parts of a statement: `free` (token, id, place) are the copies under these leases that have not entered."""
    return f"""held AS (
    SELECT token, recipients, entered FROM mail_lease WHERE {leases} ORDER BY token FOR UPDATE
), free AS (
    SELECT h.token, x.id, x.place FROM held h CROSS JOIN LATERAL {places("h")} x WHERE x.place <> ALL(h.entered)
)"""


def revoked(taken: str) -> str:
    """A part of a statement: those of `free` whose id is in the part `taken` may not enter any more."""
    return f"""revoked AS (
    UPDATE mail_lease l SET revoked = l.revoked || x.places
    FROM (SELECT f.token, array_agg(f.place) AS places FROM free f JOIN {taken} t USING (id) GROUP BY f.token) x
    WHERE l.token = x.token
)"""


IS_FREE = "r.state = 'leased' AND EXISTS (SELECT 1 FROM free f WHERE f.id = r.id AND f.token = r.lease_token)"
"""Whether a copy `r` is leased and has not entered."""
