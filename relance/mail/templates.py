"""Add, change, copy and archive templates, say what is wrong in one, and show one on a real person (TPL-01, TPL-02)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib import keys
from relance.lib.refusal import Refused
from relance.mail import blocks, enclosing, safe_html
from relance.mail.catalogue import Field, Subject, by_name, catalogue, samples, values_of
from relance.mail.models import Template, TemplateVersion
from relance.mail.outbound.placeholders import PlaceholderErrors, Problem, ProblemCode, Slot, check, parse
from relance.mail.outbound.render import Attachment, Compiled, Content, Preview, Setting, compile_content
from relance.people.models import Person
from relance.team import policy
from relance.team.models import Module, User

LONGEST = 500_000
WORDS = ("subject", "html", "text", "layout")
FIELDS = ("name", "folder", "language", "subject", "html", "text", "from_choice", "reply_choice", "shared")
PARTS = ("subject", "html", "text")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing to correct in a template: where it stands, what may be meant, and the sentence for its author."""

    part: str
    code: str
    name: str
    line: int
    column: int
    nearest: str | None
    sentence: str


class TemplateTooLong(Refused):
    """More text than a mail may hold."""


class BadTemplate(Refused):
    """The template cannot be used as it stands; `problems` lists what to correct."""

    def __init__(self, problems: list[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class TemplateDraft:
    """What is to be changed in a template: the values named here, the rest stays."""

    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The text of a mail, saved or not. `is_literal`: a person wrote it, and nothing in it is a placeholder."""

    subject: str
    html: str
    text: str = ""
    language: str = "en"
    is_literal: bool = False

    @classmethod
    def of(cls, template: Template) -> Parts:
        """The text of a saved template."""
        return cls(subject=template.subject, html=template.html, text=template.text, language=template.language)


@transaction.atomic
def add_template(draft: TemplateDraft, *, by: User, now: datetime) -> Template:
    """A new template. Raises Forbidden, BadTemplate."""
    policy.require(policy.level(by, Module.TEMPLATE, "edit") > policy.NONE)
    return _write(Template(owner=by, created_at=now), draft, by=by, now=now)


@transaction.atomic
def edit_template(template: Template, draft: TemplateDraft, *, by: User, now: datetime) -> Template:
    """Change a template; what is launched keeps the text it was launched with (D18). Raises Forbidden, BadTemplate."""
    policy.require(may_edit(template, by))
    if not template.versions.exists():  # written before versions were kept
        _keep(Template.objects.get(pk=template.pk), by=None, now=template.updated_at)
    return _write(template, draft, by=by, now=now)


def _write(template: Template, draft: TemplateDraft, *, by: User, now: datetime) -> Template:
    for name in FIELDS:
        if name in draft.values:
            setattr(template, name, draft.values[name])
    if "layout" in draft.values:
        _lay_out(template, draft.values["layout"])
    template.name, template.subject = template.name.strip(), " ".join(template.subject.split())
    if len(template.html) > LONGEST or len(template.text) > LONGEST:
        raise TemplateTooLong(_("The text is longer than mail programs show. Shorten it, or link to a page."))
    template.html = safe_html.clean(template.html)
    require_sound(Parts.of(template))
    template.updated_at = now
    template.save()
    _keep(template, by=by, now=now)
    return template


def _lay_out(template: Template, layout: object) -> None:
    """Keep the blocks, and make the text of them; without blocks the text is its author's. Raises BadBlocks."""
    if layout is None:
        template.layout = None
        return
    made = blocks.read(layout)
    template.layout, template.html = blocks.kept(made), blocks.html_of(made)


def _keep(template: Template, *, by: User | None, now: datetime) -> None:
    """A version of its words, if they have changed."""
    last = template.versions.first()
    words = {name: getattr(template, name) for name in WORDS}
    if last is None or words != {name: getattr(last, name) for name in WORDS}:
        number = last.number + 1 if last else 1
        TemplateVersion.objects.create(template=template, number=number, by=by, at=now, **words)


def restore_version(version: TemplateVersion, *, by: User, now: datetime) -> Template:
    """Give the template the words that it had then; those of now stay a version. Raises Forbidden, BadTemplate."""
    values = {name: getattr(version, name) for name in WORDS}
    return edit_template(version.template, TemplateDraft(values=values), by=by, now=now)


@transaction.atomic
def copy_template(template: Template, *, by: User, now: datetime) -> Template:
    """A copy of one's own to change freely. Raises Forbidden."""
    name = _("%(name)s, copy") % {"name": template.name}
    values: dict[str, object] = {each: getattr(template, each) for each in FIELDS}
    values |= {"name": name[:160], "shared": False, "layout": template.layout}
    copy = add_template(TemplateDraft(values=values), by=by, now=now)
    enclosing.hand_on(template, copy, now=now)
    return copy


def archive_template(template: Template, *, by: User, now: datetime) -> None:
    """Offer this template no more; what uses it goes on. Raises Forbidden."""
    policy.require(may_edit(template, by))
    Template.objects.filter(pk=template.pk, archived_at=None).update(archived_at=now)


def restore_template(template: Template, *, by: User) -> None:
    """Offer it again. Raises Forbidden."""
    policy.require(may_edit(template, by))
    Template.objects.filter(pk=template.pk).update(archived_at=None)


def may_edit(template: Template, user: User) -> bool:
    """Whether this colleague may change this template."""
    return policy.allows(user, Module.TEMPLATE, "edit", template)


def require_sound(parts: Parts) -> Compiled:
    """The compiled text. Raises BadTemplate with everything that is to be corrected."""
    found = faults(parts)
    if found:
        raise BadTemplate(found)
    return _compiled(parts)


def _compiled(parts: Parts, *, footer: bool = False) -> Compiled:
    try:
        return compile_parts(parts, footer=footer)
    except PlaceholderErrors as errors:
        raise BadTemplate([_fault(problem) for problem in errors.problems]) from errors


def compile_parts(
    parts: Parts, *, list_headers: bool = False, footer: bool = False, attachments: tuple[Attachment, ...] = ()
) -> Compiled:
    """The text ready to be rendered. Raises PlaceholderErrors."""
    content = Content(
        subject=parts.subject, html=parts.html, text=parts.text or None, attachments=attachments,
        is_literal=parts.is_literal,
    )  # fmt: skip
    setting = setting_for(parts.language, list_headers=list_headers, footer=footer)
    return compile_content(content, replace(setting, named_links=named_links(parts)))


_named: list[Callable[[Collection[str]], Mapping[str, str]]] = []
CODES = re.compile(r"(?:\{|%7[Bb])\s*Link\.([a-z0-9]{1,12})\s*(?:\}|%7[Dd])")


def name_links(found: Callable[[Collection[str]], Mapping[str, str]]) -> None:
    """A higher floor says where links with a code lead (CAMP-05); from its app's `ready`."""
    _named.append(found)


def named_links(parts: Parts) -> dict[str, str]:
    """The links with a code that a text names, with where they lead; one that is not known is a fault of the text."""
    codes = set() if parts.is_literal else {*CODES.findall(parts.html), *CODES.findall(parts.text)}
    return {code: url for found in _named for code, url in found(codes).items()} if codes else {}


def setting_for(language: str, *, list_headers: bool = False, footer: bool = False) -> Setting:
    """What is the same for every recipient, as this installation has it."""
    return Setting(
        edge=settings.RELANCE_EDGE_URL,
        key=keys.derive(settings.SECRET, "tokens"),
        catalogue=catalogue(),
        language=language,
        list_headers=list_headers,
        footer=footer,
    )


def faults(parts: Parts) -> list[Fault]:
    """Everything to correct before the template can be saved or sent; empty when it is sound."""
    known = catalogue()
    found = [
        _fault(problem)
        for part in PARTS
        for problem in check(getattr(parts, part), known, part=part, html=part == "html")
    ] or _of_links(parts)
    if not parts.subject.strip():
        found.insert(0, _missing("subject", _("The subject is empty. A mail without one is taken for spam.")))
    if not (parts.html.strip() or parts.text.strip()):
        found.append(_missing("html", _("There is no text yet.")))
    return found


def _of_links(parts: Parts) -> list[Fault]:
    """Links with a code that lead nowhere (any more): a campaign takes them away without asking who names them."""
    if not any(CODES.search(text) for text in (parts.subject, parts.html, parts.text)):
        return []
    try:
        compile_parts(parts)
    except PlaceholderErrors as errors:
        return [_fault(problem) for problem in errors.problems]
    return []


def _missing(part: str, sentence: str) -> Fault:
    return Fault(part=part, code="empty", name="", line=1, column=1, nearest=None, sentence=sentence)


def _fault(problem: Problem) -> Fault:
    return Fault(
        part=problem.part or "html", code=problem.code.value, name=problem.name, line=problem.line,
        column=problem.column, nearest=problem.nearest, sentence=sentence(problem),
    )  # fmt: skip


def sentence(problem: Problem) -> str:
    """What is wrong with a placeholder, where it stands, and what may be meant."""
    facts = {"name": problem.name, "line": problem.line, "column": problem.column, "nearest": problem.nearest}
    said = _WRONG[problem.code](facts)
    return f"{said} {_meant(problem.nearest)}" if problem.nearest else said


_WRONG = {
    ProblemCode.UNKNOWN_FIELD: lambda facts: _("Line %(line)d: the field %(name)s does not exist.") % facts,
    ProblemCode.UNKNOWN_FORMAT: lambda facts: _("Line %(line)d: %(name)s names a format that does not exist.") % facts,
    ProblemCode.UNFIT_FORMAT: lambda facts: (
        _("Line %(line)d: the format of %(name)s does not suit this field.") % facts
    ),
    ProblemCode.DOUBLE_BRACES: lambda facts: (
        _("Line %(line)d: %(name)s stands in double braces, one pair is enough.") % facts
    ),
    ProblemCode.BAD_PLACE: lambda facts: _("Line %(line)d: %(name)s stands where no field can be filled in.") % facts,
    ProblemCode.UNKNOWN_LINK: lambda facts: _("Line %(line)d: the link %(name)s does not exist.") % facts,
}


def _meant(nearest: str) -> str:
    return _("Did you mean %(nearest)s?") % {"nearest": nearest}


def preview(
    parts: Parts, person: Person | None, *, sender: User, footer: bool = False, subject: Subject | None = None
) -> Preview:
    """The mail as this person would read it, untracked; with examples where there is no person. Raises BadTemplate.

    `subject` is the record that the mail is about, such as a deal.
    `footer`: with the opt-out paragraph that a mass mail gets where its template places no link of its own.
    """
    compiled = _compiled(parts, footer=footer)
    fields, known = by_name(), values_of(person, sender=sender, subject=subject).items()
    told = {name: value for name, value in known if is_told(fields[name], person, subject)}
    values = samples() | told
    return compiled.preview(values)


def unfilled(parts: Parts, person: Person, *, sender: User) -> list[str]:
    """The fields that are empty for this person and have no words in their place, by their names, each once."""
    known, values = catalogue(), values_of(person, sender=sender)
    found: dict[str, None] = {}
    for text in (parts.subject, parts.html, parts.text):
        try:
            pieces = parse(text, known)
        except PlaceholderErrors:  # of which the preview itself tells
            continue
        bare = [piece.name for piece in pieces if isinstance(piece, Slot) and not piece.fallback]
        found |= dict.fromkeys(name for name in bare if name in known and values.get(name) in ("", None))
    return list(found)


def is_told(field: Field, person: Person | None, subject: Subject | None) -> bool:
    """Whether the value is known, or an example is to stand in its place."""
    if field.subject:
        return field.tells_of(subject)
    return person is not None or not field.of_person
