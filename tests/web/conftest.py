"""What tests of pages lean on."""

from __future__ import annotations

from tests.web.browser import browser, visit

__all__ = ["browser", "visit"]
