"""The sign-in of the demo, printed on the screen and known to everybody."""

from __future__ import annotations

DEMO_EMAIL = "demo@helionne.example"
DEMO_PASSWORD = "relance-demo"
