"""The builder of criteria as its template draws it: each rule with the fields, comparisons and control that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from relance.lib.criteria import ALONE, SEVERAL, Match, Operator, Unreadable
from relance.lib.periods import Unit
from relance.records import criteria, links, own_facts, registry, values
from relance.records.criteria import BadCriteria
from relance.records.criteria_words import COLLEAGUES, PERIODS, label_of, operator_word
from relance.records.fields import Field, Kind, Words
from relance.records.operators import operators_of
from relance.records.registry import Asking, Filter, Happening
from relance.records.values import BadValue, Habits
from relance.team import policy
from relance.team.models import User
from relance.web.criteria_draft import FACT, HAS, HAS_NOT, SPANS, Part, Rule, tree_of

Choices = list[tuple[str, Words]]
Group = tuple[Words, tuple[tuple[str, Words], ...]]
Groups = tuple[Group, ...]
UNITS: Choices = [
    (Unit.DAY.value, gettext_lazy("days")),
    (Unit.WEEK.value, gettext_lazy("weeks")),
    (Unit.MONTH.value, gettext_lazy("months")),
    (Unit.YEAR.value, gettext_lazy("years")),
]
MATCHES: Choices = [
    (Match.ALL.value, gettext_lazy("all of")),
    (Match.ANY.value, gettext_lazy("any of")),
    (Match.NONE.value, gettext_lazy("none of")),
]
SPECIAL = (Operator.IS, Operator.IS_NOT)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """The fields that a builder offers, by the groups of its menu: of the module, of linked records, facts."""

    groups: Groups
    fields: Mapping[str, Field]
    specials: Mapping[str, Filter]
    facts: Mapping[str, Happening]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One part of the builder, ready for its template. `control` names what takes the value."""

    place: str
    join: str
    is_group: bool = False
    match: str = ""
    parts: tuple[Drawn, ...] = ()
    rule: Rule | None = None
    operators: Choices | None = None
    control: str = ""
    choices: Choices | None = None
    values: tuple[str, ...] = ()
    fact: Happening | None = None
    sources: tuple[tuple[Words, Choices], ...] = ()
    problem: str = ""
    fixed: str = ""
    unknown: bool = False


def offered(module: str, *, asking: Asking) -> Offered:
    """What this colleague may ask for: fields of linked records one step away, where the role shows them."""
    listed = registry.module(module)
    own = [field for field in registry.fields(module) if field.criteria]
    specials = {known.key: known for known in listed.filters if known.options and known.condition}
    facts = {f"{FACT}{fact.key}": fact for fact in own_facts.facts(listed, asking.user)}
    groups: list[Group] = [
        (listed.label, (*((field.key, field.label) for field in own), *((key, s.label) for key, s in specials.items())))
    ]
    if facts:
        groups.append((_("What happened"), tuple((key, fact.label) for key, fact in facts.items())))
    fields = {field.key: field for field in own}
    for link in own:
        beyond = dict(_beyond(link, asking.user))
        fields |= beyond
        if beyond:
            groups.append((link.label, tuple((path, label_of((link,), field)) for path, field in beyond.items())))
    return Offered(groups=tuple(groups), fields=fields, specials=specials, facts=facts)


def columns_offered(module: str, *, asking: Asking) -> Groups:
    """What a list may show: every field, also those of linked records one step away."""
    listed, own = registry.module(module), registry.fields(module)
    groups: list[Group] = [(listed.label, tuple((field.key, field.label) for field in own))]
    for link in own:
        beyond = tuple((path, label_of((link,), field)) for path, field in _beyond(link, asking.user))
        if beyond and not link.many:
            groups.append((link.label, beyond))
    return tuple(groups)


def _beyond(link: Field, user: User) -> Iterator[tuple[str, Field]]:
    known = {listed.key for listed in registry.modules()}
    if link.kind != Kind.LINK or link.target not in known or policy.level(user, link.target, "read") == policy.NONE:
        return
    for field in registry.fields(link.target):
        if field.criteria:
            yield f"{link.key}.{field.key}", field


def drawn(draft: Part, module: str, *, offers: Offered, asking: Asking) -> Drawn:
    """The whole builder."""
    return _Pen(module, offers, asking).part(draft, "0", "")


def settled(draft: Part, *, offers: Offered, asking: Asking) -> Part:
    """The draft with its values as they are kept: figures and days read as the colleague writes them, names as ids.

    What cannot be read stays as it was typed, and is told by `drawn`.
    """
    if draft.match is None:
        return replace(draft, rule=_settled(draft.rule, offers, asking))
    return replace(draft, parts=tuple(settled(part, offers=offers, asking=asking) for part in draft.parts))


def _settled(rule: Rule, offers: Offered, asking: Asking) -> Rule:
    field = offers.fields.get(rule.path)
    if field is None:
        known = offers.specials.get(rule.path)
        fits = known is None or rule.operator in SPECIAL
        return rule if fits else replace(rule, operator=Operator.IS.value)
    if rule.operator not in operators_of(field):
        return replace(rule, operator=operators_of(field)[0].value, values=())
    if rule.operator in SPANS or rule.operator == Operator.DURING:
        return rule
    try:
        return replace(rule, values=tuple(_kept(field, value, asking) for value in rule.values))
    except BadValue:
        return rule


def _kept(field: Field, value: str, asking: Asking) -> str:
    if field.kind == Kind.LINK:
        return str(links.found(replace(field, many=False), value, by=asking.user) or "")
    if field.kind in (Kind.NUMBER, Kind.MONEY, Kind.DATE):
        habits = Habits(zone=ZoneInfo(asking.user.time_zone), language=asking.user.language)
        return values.text(field, values.read(field, value, habits))
    return value


CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.USER, Kind.YES_NO})
TIMES = frozenset({Kind.DATE, Kind.MOMENT})


def control_of(field: Field, operator: str) -> str:
    """What takes the value of a comparison; nothing for one that takes none."""
    if operator in ALONE:
        return ""
    if operator in SPANS:
        return "span"
    if operator == Operator.DURING:
        return "period"
    if operator in SEVERAL:
        return "choices" if field.kind in CHOSEN else "lines"
    if field.kind in CHOSEN:
        return "choice"
    bare = "number" if field.kind in (Kind.NUMBER, Kind.MONEY) else "day" if field.kind in TIMES else "text"
    return f"two_{bare}s" if operator == Operator.BETWEEN else bare


@dataclass(frozen=True)
class _Pen:
    module: str
    offers: Offered
    asking: Asking

    def part(self, part: Part, place: str, join: str) -> Drawn:
        if part.match is None:
            return self._rule(part.rule, place, join)
        between = {
            Match.ALL: pgettext("criteria", "and"), Match.ANY: pgettext("criteria", "or"),
            Match.NONE: pgettext("criteria", "nor"),
        }[part.match]  # fmt: skip
        first = pgettext("criteria", "Where") if place == "0" else ""
        parts = tuple(
            self.part(one, f"{place}.{number}", first if number == 0 else between)
            for number, one in enumerate(part.parts)
        )
        return Drawn(place=place, join=join, is_group=True, match=part.match.value, parts=parts)

    def _rule(self, rule: Rule, place: str, join: str) -> Drawn:
        bare = Drawn(place=place, join=join, rule=rule, problem=self._problem(rule))
        if fact := self.offers.facts.get(rule.path):
            return self._fact(bare, fact)
        if known := self.offers.specials.get(rule.path):
            operators: Choices = [(one.value, operator_word(one, Kind.CHOICE)) for one in SPECIAL]
            return replace(
                bare, operators=operators, control="choice", choices=list(known.options.items()), values=rule.values
            )
        field = self.offers.fields.get(rule.path) or self._far(rule.path)
        if field is None and (known := registry.module(self.module).by_filter.get(rule.path)):
            return replace(bare, fixed=self._fixed(known, rule))
        if field is None:
            return replace(bare, unknown=bool(rule.path))
        return self._field(bare, field, rule)

    def _fixed(self, known: Filter, rule: Rule) -> str:
        """A criterion in short that no control changes: it stays as it is, or is taken away."""
        told = ", ".join(str(known.words(value)) for value in rule.values)
        return f"{known.label} {operator_word(Operator(rule.operator), Kind.CHOICE)} {told}"

    def _far(self, path: str) -> Field | None:
        """A field two steps away, which came by an address."""
        try:
            return criteria.path_of(self.module, path, asking=self.asking)[1] if path else None
        except BadCriteria:
            return None

    def _field(self, bare: Drawn, field: Field, rule: Rule) -> Drawn:
        operators: Choices = [(one.value, operator_word(one, field.kind)) for one in operators_of(field)]
        control = control_of(field, rule.operator)
        return replace(
            bare, operators=operators, control=control, choices=self._with_own(field, control, rule),
            values=self._shown(field, rule, control),
        )  # fmt: skip

    def _with_own(self, field: Field, control: str, rule: Rule) -> Choices:
        """The choices, and a value that came by an address in short, such as a status that stands for several."""
        choices, known = self._choices(field, control), registry.module(self.module).by_filter.get(rule.path)
        if known is None or known.condition is None or control not in ("choice", "choices"):
            return choices
        return [*choices, *((value, known.words(value)) for value in rule.values if value not in dict(choices))]

    def _choices(self, field: Field, control: str) -> Choices:
        if control == "period":
            return [(period.value, word) for period, word in PERIODS.items()]
        if control not in ("choice", "choices"):
            return []
        if field.kind == Kind.USER:
            active = User.objects.filter(is_active=True)
            return [*COLLEAGUES.items(), *((str(user.pk), str(user)) for user in active)]
        if field.kind == Kind.YES_NO:
            return [("yes", _("yes")), ("no", _("no"))]
        return list(field.options().items())

    def _shown(self, field: Field, rule: Rule, control: str) -> tuple[str, ...]:
        """The values as the control shows them: names for ids, as many as it takes."""
        told = rule.values
        if field.kind == Kind.LINK:
            names = links.names(
                field, [int(one) for one in told if one.isdigit() and len(one) < 19], by=self.asking.user
            )
            told = tuple(names.get(int(one), one) if one.isdigit() and len(one) < 19 else one for one in told)
        if control == "lines":
            return ("\n".join(told),)
        return (*told, "", "")[: 2 if control.startswith("two_") else max(len(told), 1)]

    def _fact(self, bare: Drawn, fact: Happening) -> Drawn:
        operators: Choices = [(HAS, pgettext("fact", "yes")), (HAS_NOT, pgettext("fact", "no"))]
        sources = tuple(
            (source.label, [(f"{source.key}:{pk}", name) for pk, name in source.choices(self.asking.user).items()])
            for source in fact.sources
        )
        return replace(bare, operators=operators, control="fact", fact=fact, sources=sources)

    def _problem(self, rule: Rule) -> str:
        """Why a finished rule cannot be asked for; nothing for one that is still being built."""
        try:
            tree = tree_of(Part(match=Match.ALL, parts=(Part(rule=rule),)))
            criteria.condition(tree, module=self.module, asking=self.asking)
        except Unreadable:
            return _("Write whole numbers.")
        except BadCriteria as bad:
            return str(bad)
        return ""
