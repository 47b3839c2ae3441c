"""Criteria as a sentence that people read: "City is Lyon and opened a mail in the last 30 days" (REC-05).

The words come from the declarations of fields and facts. A part that is not there any more, or that the reader may
not see, is named as such, so that a view never looks wider or narrower than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from relance.lib import periods, written
from relance.lib.criteria import Condition, Fact, Group, Match, Node, Operator
from relance.lib.periods import Period, Unit
from relance.records import comparing, criteria, links, own_facts, registry
from relance.records.criteria import BadCriteria
from relance.records.fields import Field, Kind, Words
from relance.records.registry import Asking, Happening

Op = Operator
OPERATORS: Mapping[Operator, Words] = {
    Op.IS: pgettext_lazy("criterion", "is"),
    Op.IS_NOT: pgettext_lazy("criterion", "is not"),
    Op.CONTAINS: pgettext_lazy("criterion", "contains"),
    Op.LACKS: pgettext_lazy("criterion", "does not contain"),
    Op.STARTS: pgettext_lazy("criterion", "starts with"),
    Op.ONE_OF: pgettext_lazy("criterion", "is one of"),
    Op.NONE_OF: pgettext_lazy("criterion", "is none of"),
    Op.MORE: pgettext_lazy("criterion", "is more than"),
    Op.LESS: pgettext_lazy("criterion", "is less than"),
    Op.AT_LEAST: pgettext_lazy("criterion", "is at least"),
    Op.AT_MOST: pgettext_lazy("criterion", "is at most"),
    Op.BETWEEN: pgettext_lazy("criterion", "is between"),
    Op.BEFORE: pgettext_lazy("criterion", "is before"),
    Op.AFTER: pgettext_lazy("criterion", "is after"),
    Op.LAST: pgettext_lazy("criterion", "is in the last"),
    Op.NEXT: pgettext_lazy("criterion", "is in the next"),
    Op.OLDER: pgettext_lazy("criterion", "is longer ago than"),
    Op.DURING: pgettext_lazy("criterion", "falls within"),
    Op.EMPTY: pgettext_lazy("criterion", "is empty"),
    Op.FILLED: pgettext_lazy("criterion", "is filled in"),
}
OF_DAYS: Mapping[Operator, Words] = {
    Op.AT_LEAST: pgettext_lazy("criterion", "is from"),
    Op.AT_MOST: pgettext_lazy("criterion", "is up to"),
}
PERIODS: Mapping[Period, Words] = {
    Period.TODAY: gettext_lazy("today"),
    Period.YESTERDAY: gettext_lazy("yesterday"),
    Period.TOMORROW: gettext_lazy("tomorrow"),
    Period.THIS_WEEK: gettext_lazy("this week"),
    Period.LAST_WEEK: gettext_lazy("last week"),
    Period.NEXT_WEEK: gettext_lazy("next week"),
    Period.THIS_MONTH: gettext_lazy("this month"),
    Period.LAST_MONTH: gettext_lazy("last month"),
    Period.NEXT_MONTH: gettext_lazy("next month"),
    Period.THIS_QUARTER: gettext_lazy("this quarter"),
    Period.LAST_QUARTER: gettext_lazy("last quarter"),
    Period.NEXT_QUARTER: gettext_lazy("next quarter"),
    Period.THIS_YEAR: gettext_lazy("this year"),
    Period.LAST_YEAR: gettext_lazy("last year"),
    Period.NEXT_YEAR: gettext_lazy("next year"),
}
COLLEAGUES: Mapping[str, Words] = {
    comparing.ME: gettext_lazy("me"),
    comparing.MY_TEAM: gettext_lazy("my team"),
    comparing.NOBODY: gettext_lazy("nobody"),
}
SPANS: Mapping[Unit, Callable[[int], str]] = {
    Unit.DAY: lambda n: ngettext("%(n)d day", "%(n)d days", n) % {"n": n},
    Unit.WEEK: lambda n: ngettext("%(n)d week", "%(n)d weeks", n) % {"n": n},
    Unit.MONTH: lambda n: ngettext("%(n)d month", "%(n)d months", n) % {"n": n},
    Unit.YEAR: lambda n: ngettext("%(n)d year", "%(n)d years", n) % {"n": n},
}


def sentence(tree: Node, *, module: str, asking: Asking) -> str:
    """The whole tree; empty for one without criteria."""
    return _Words(module, asking).node(tree, outer=True)


def parts(tree: Group, *, module: str, asking: Asking) -> tuple[str, ...]:
    """Each part of the outermost group by itself, where all of them count; else the one sentence."""
    words = _Words(module, asking)
    if tree.match is not Match.ALL:
        return (words.node(tree, outer=True),)
    return tuple(words.node(part, outer=True) for part in tree.parts)


def operator_word(operator: Operator, kind: Kind) -> str:
    """How the builder and the sentences name a comparison."""
    known = OF_DAYS if kind in (Kind.DATE, Kind.MOMENT) else OPERATORS
    return str(known.get(operator, OPERATORS[operator]))


def label_of(chain: tuple[Field, ...], field: Field) -> str:
    """The name of a field, with the links that lead to it: Account › City."""
    return " › ".join(str(step.label) for step in (*chain, field))


@dataclass(frozen=True)
class _Words:
    module: str
    asking: Asking

    @cached_property
    def path(self) -> Callable[[str], tuple[tuple[Field, ...], Field]]:
        """Where a path leads; BadCriteria for nowhere."""
        return criteria.paths(self.module, asking=self.asking)

    def node(self, node: Node, *, outer: bool = False) -> str:
        match node:
            case Group():
                return self._group(node, outer=outer)
            case Condition():
                return self._condition(node)
            case Fact():
                return self._fact(node)

    def _group(self, group: Group, *, outer: bool) -> str:
        told = [self.node(part) for part in group.parts]
        if group.match is Match.NONE:
            return _("none of this: %(list)s") % {"list": f"({'; '.join(told)})" if not outer else "; ".join(told)}
        between = _("%(one)s and %(other)s") if group.match is Match.ALL else _("%(one)s or %(other)s")
        joined = reduce(lambda one, other: between % {"one": one, "other": other}, told) if told else ""
        return joined if outer or len(told) < 2 else f"({joined})"

    def _condition(self, condition: Condition) -> str:
        listed = registry.module(self.module)
        try:
            chain, field = self.path(condition.path)
        except BadCriteria:
            if condition.path in listed.by_filter:
                return self._special(condition)
            return _("“%(field)s”, which is not there for you") % {"field": condition.path}
        told = " ".join(
            (label_of(chain, field), operator_word(condition.operator, field.kind), self._values(field, condition))
        )
        return told.strip()

    def _special(self, condition: Condition) -> str:
        known = registry.module(self.module).by_filter[condition.path]
        values = ", ".join(_quoted(str(known.words(value))) for value in condition.values)
        return f"{known.label} {operator_word(condition.operator, Kind.TEXT)} {values}".strip()

    def _values(self, field: Field, condition: Condition) -> str:
        if condition.operator in (Op.LAST, Op.NEXT, Op.OLDER):
            return span_words(condition.values[0])
        if condition.operator is Op.DURING:
            return str(PERIODS.get(_period(condition.values[0]), condition.values[0]))  # type: ignore[arg-type]
        told = [self._short(condition.path, value) or self.value(field, value) for value in condition.values]
        if condition.operator is Op.BETWEEN:
            return _("%(one)s and %(other)s") % {"one": told[0], "other": told[1]}
        return pgettext("list of values", ", ").join(told)

    def _short(self, path: str, value: str) -> str:
        """The words of a value which a module knows in short, such as a status that stands for several."""
        known = registry.module(self.module).by_filter.get(path)
        if known is None or known.condition is None:
            return ""
        words = str(known.words(value))
        return _quoted(words) if words != value else ""

    def value(self, field: Field, value: str) -> str:
        """One value in words: a colleague's name, a choice's label, a day as it is written here."""
        match field.kind:
            case Kind.USER | Kind.LINK:
                return str(COLLEAGUES.get(value) or self._linked(field, value))
            case Kind.CHOICE | Kind.CHOICES:
                return _quoted(str(field.options().get(value, value)))
            case Kind.YES_NO:
                return {"yes": _("yes"), "no": _("no")}.get(value, value)
            case Kind.NUMBER | Kind.MONEY:
                return formats.localize_input(value)
            case Kind.DATE | Kind.MOMENT:
                return _day(value)
            case _:
                return _quoted(value)

    def _linked(self, field: Field, value: str) -> str:
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            return _quoted(value)
        found = links.names(field, [int(value)], by=self.asking.user)
        return _quoted(found[int(value)]) if int(value) in found else _("somebody or something not there for you")

    def _fact(self, fact: Fact) -> str:
        facts = own_facts.facts(registry.module(self.module), self.asking.user)
        known = next((known for known in facts if known.key == fact.key), None)
        if known is None:
            return _("“%(field)s”, which is not there for you") % {"field": fact.key}
        told = [str(known.did if fact.has else known.did_not)]
        if fact.times > 1:
            told.append(ngettext("at least %(n)d time", "at least %(n)d times", fact.times) % {"n": fact.times})
        if fact.days:
            told.append(ngettext("in the last %(n)d day", "in the last %(n)d days", fact.days) % {"n": fact.days})
        return " ".join([*told, *([f"({self._source(known, fact)})"] if fact.of else [])])

    def _source(self, known: Happening, fact: Fact) -> str:
        key, _colon, of = fact.of.partition(":")
        source = next((source for source in known.sources if source.key == key), None)
        name = source.choices(self.asking.user).get(of) if source else None
        if source is None or name is None:
            return _("of something not there for you")
        return f"{source.label} {_quoted(str(name))}"


def span_words(text: str) -> str:
    """`30d` as 30 days; the text itself if it is no span."""
    try:
        span = periods.span(text)
    except ValueError:
        return text
    return SPANS[span.unit](span.number)


def _period(text: str) -> Period | None:
    return Period(text) if text in tuple(Period) else None


def _day(value: str) -> str:
    try:
        day: date = written.day(value.partition("T")[0])
    except ValueError:
        return _quoted(value)
    told = formats.date_format(day, "j N Y")
    return f"{told}, {value.partition('T')[2][:5]}" if "T" in value else told


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}
