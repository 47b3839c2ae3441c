"""Which comparisons fit a field, and which is the contrary of which (REC-05). *Pure.*"""

from __future__ import annotations

from collections.abc import Mapping

from relance.lib.criteria import Operator
from relance.records.fields import Field, Kind

Op = Operator
CONTRARY: Mapping[Operator, Operator] = {
    Op.IS_NOT: Op.IS,
    Op.LACKS: Op.CONTAINS,
    Op.NONE_OF: Op.ONE_OF,
    Op.EMPTY: Op.FILLED,
}
TEXTS = (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.LACKS, Op.STARTS, Op.ONE_OF, Op.NONE_OF, Op.EMPTY, Op.FILLED)
NUMBERS = (Op.IS, Op.IS_NOT, Op.MORE, Op.LESS, Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN, Op.EMPTY, Op.FILLED)
DAYS = (
    Op.LAST, Op.NEXT, Op.OLDER, Op.DURING, Op.IS, Op.IS_NOT, Op.BEFORE, Op.AFTER, Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN,
    Op.EMPTY, Op.FILLED,
)  # fmt: skip
CHOSEN = (Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF, Op.EMPTY, Op.FILLED)
FITTING: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: TEXTS,
    Kind.LONG_TEXT: (Op.CONTAINS, Op.LACKS, Op.EMPTY, Op.FILLED),
    Kind.EMAIL: TEXTS,
    Kind.PHONE: TEXTS,
    Kind.URL: TEXTS,
    Kind.NUMBER: NUMBERS,
    Kind.MONEY: NUMBERS,
    Kind.DATE: DAYS,
    Kind.MOMENT: DAYS,
    Kind.YES_NO: (Op.IS, Op.EMPTY, Op.FILLED),
    Kind.CHOICE: CHOSEN,
    Kind.CHOICES: CHOSEN,
    Kind.LINK: CHOSEN,
    Kind.USER: CHOSEN,
}


def operators_of(field: Field) -> tuple[Operator, ...]:
    """The comparisons that fit a field, the usual one first."""
    return FITTING[field.kind]
