"""An expected refusal: a stable code for programs, and a sentence that a seller understands.

Domain packages declare theirs beside the verb that raises them; every face shows the sentence (`str(refused)`).
"""

from __future__ import annotations

import re

WORDS = re.compile(r"(?<!^)(?=[A-Z])")


class Refused(Exception):
    """What was asked cannot be done; nothing was changed."""

    @property
    def code(self) -> str:
        """The name of the refusal: `AddressTaken` is `address_taken`."""
        return WORDS.sub("_", type(self).__name__).lower()
