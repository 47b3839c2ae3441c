"""The days that an absence names: the last one away, or the first one back, in seven languages. *(pure)*

    away("Je serai de retour le lundi 30 novembre.", sent=date(2026, 11, 20))   # Away(back=date(2026, 11, 30))

A day of the week, or a day without its year, is the first such day after the mail was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST = 4_000  # characters looked at
FARTHEST = timedelta(days=420)

_MONTHS = (
    "jan(?:uary|vier|uar|uari|eiro)?|ene(?:ro)?|gen(?:naio)?",
    "feb(?:ruary|ruar|ruari|rero|braio)?|f[ée]v(?:rier|ereiro)?",
    "mar(?:ch|s|zo|ço)?|m[äa]rz|maart|mrt",
    "apr(?:il|ile)?|avr(?:il)?|abr(?:il)?",
    "may|mai|mei|mayo|maggio|mag|maio",
    "june?|juin|juni|junio|giu(?:gno)?|junho",
    "july?|juil(?:let)?|juli|julio|lug(?:lio)?|julho",
    "aug(?:ust|ustus)?|ao[uû]t|ago(?:sto)?",
    "sep(?:t|tember|tembre|tiembre)?|set(?:tembre|embro)?",
    "oct(?:ober|obre|ubre)?|okt(?:ober)?|ott(?:obre)?|out(?:ubro)?",
    "nov(?:ember|embre|iembre|embro)?",
    "dec(?:ember)?|d[ée]c(?:embre)?|dez(?:ember|embro)?|dic(?:iembre|embre)?",
)
_DAYS = (
    "monday|lundi|montag|lunes|luned[ìi]|maandag|segunda(?:-feira)?",
    "tuesday|mardi|dienstag|martes|marted[ìi]|dinsdag|ter[çc]a(?:-feira)?",
    "wednesday|mercredi|mittwoch|mi[ée]rcoles|mercoled[ìi]|woensdag|quarta(?:-feira)?",
    "thursday|jeudi|donnerstag|jueves|gioved[ìi]|donderdag|quinta(?:-feira)?",
    "friday|vendredi|freitag|viernes|venerd[ìi]|vrijdag|sexta(?:-feira)?",
    "saturday|samedi|samstag|s[áa]bado|sabato|zaterdag",
    "sunday|dimanche|sonntag|domingo|domenica|zondag",
)
_ANY_MONTH = "|".join(_MONTHS)
_ANY_DAY = "|".join(_DAYS)
_TH = r"(?:st|nd|rd|th|er|\.|º|ª)?"
DAY = re.compile(
    rf"""(?P<iso>\b(?P<iy>20\d\d)-(?P<im>\d\d)-(?P<id>\d\d)\b)
    | \b(?P<a>\d{{1,2}})\s?[./-]\s?(?P<b>\d{{1,2}})\s?[./-]\s?(?P<y>20\d\d|\d\d)\b
    | \b(?P<a2>\d{{1,2}})\s?[./]\s?(?P<b2>\d{{1,2}})(?:\.(?!\d)|(?![\d./-]))
    | \b(?P<d1>\d{{1,2}}){_TH}(?:\s+(?:of|de|di))?\s+(?P<n1>{_ANY_MONTH})\b\.?(?:,?\s+(?:de\s+|del\s+)?(?P<y1>20\d\d))?
    | \b(?P<n2>{_ANY_MONTH})\.?\s+(?P<d2>\d{{1,2}}){_TH}\b(?!:)(?:,?\s+(?P<y2>20\d\d))?
    | \b(?P<w>{_ANY_DAY})\b
    | \b(?P<t>tomorrow|demain|morgen|mañana|domani|amanhã)\b""",
    re.IGNORECASE | re.VERBOSE,
)
RANGE = re.compile(
    rf"\b\d{{1,2}}{_TH}\s*(?:-|–|to|au|bis(?:\s+zum)?|al|t/m|tot(?:\s+en\s+met)?|a|até)\s*$", re.IGNORECASE
)
"""The first half of "23-27 November"."""
BACK = re.compile(
    r"""\b(?: (?:i['’]?\s?(?:ll|will)\s+)?(?:be\s+)?(?:back|returning|return|available\s+again
        | in\s+the\s+office\s+again|reachable\s+again|resume)
      | de\s+retour | mon\s+retour | reprendrai | reviens | reviendrai
        | retour\s+(?:pr[ée]vu\s+)?(?:le|au|d[èe]s) | rentr(?:e|erai) | [àa]\s+nouveau\s+(?:joignable|disponible)
        | nouveau\s+au\s+bureau | joignable\s+[àa]\s+partir | [àa]\s+partir\s+du
      | wieder | zur[üu]ck | ab\s+(?:dem|montag|dienstag|mittwoch|donnerstag|freitag|\d)
      | vuelvo | volver[ée] | regres\w+ | de\s+vuelta | reincorpor\w+ | a\s+partir\s+d
      | torn(?:o|er[òo]) | rientr\w+ | (?:di\s+)?ritorno | di\s+nuovo | a\s+partire\s+da
      | terug | weer\s+(?:aanwezig|bereikbaar|op\s+kantoor|beschikbaar|te\s+bereiken) | vanaf
      | volt(?:o|arei) | regress\w+ | retorn\w+ | de\s+volta | estarei\s+de )\b""",
    re.IGNORECASE | re.VERBOSE,
)
UNTIL = re.compile(
    r"""\b(?: until | till | through | up\s+to | jusqu['’]?\s?(?:au|[àa]|en)? | bis(?:\s+(?:zum|einschlie[ßs]+lich))?
      | hasta(?:\s+el)?
      | fino\s+al? | sino\s+al? | tot(?:\s+en\s+met)? | t/m | até )(?=\W)""",
    re.IGNORECASE | re.VERBOSE,
)
SENTENCE = re.compile(r"(?<!\b\d)(?<!\b\d\d)[.!?](?=\s+[A-ZÀ-Ý]|\s*$)|\n\s*\n")
REACH = 60  # characters between the word and its day


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    """What an absence says of its end: the first day back, or the last day away."""

    back: date | None = None
    last_day: date | None = None

    @property
    def named(self) -> date | None:
        """The day that the mail itself names."""
        return self.back or self.last_day

    @property
    def over(self) -> date | None:
        """The first day on which somebody may be there again."""
        return self.back or (self.last_day + timedelta(days=1) if self.last_day else None)


def away(text: str, *, sent: date, month_first: bool = False) -> Away:
    """The end of an absence, as far as the text tells; `month_first`: how `11/12` is meant (as in the USA)."""
    until: date | None = None
    ended: date | None = None
    for sentence in SENTENCE.split(text[:LONGEST]):
        days = list(_days(sentence, sent, month_first))
        if back := _near(BACK, sentence, days, before=True):
            return Away(back=back)
        until = until or _near(UNTIL, sentence, days, before=False)
        ended = ended or next((day for start, _end, day in days if RANGE.search(sentence[:start])), None)
    return Away(last_day=until or ended)


def _near(cue: re.Pattern[str], sentence: str, days: list[tuple[int, int, date]], *, before: bool) -> date | None:
    """The day that a word speaks of: the next one after it, or with `before` else the last one before it."""
    for found in cue.finditer(sentence):
        after = [day for start, _end, day in days if 0 <= start - found.end() + 1 <= REACH]
        if after:
            return after[0]
        earlier = [day for start, end, day in days if 0 <= found.start() - end <= REACH]
        if before and earlier and not UNTIL.search(sentence[: found.start()]):
            return earlier[-1]
    return None


def _days(sentence: str, sent: date, month_first: bool) -> Iterator[tuple[int, int, date]]:
    weekday: tuple[int, int, date] | None = None
    for found in DAY.finditer(sentence):
        day = _day(found, sent, month_first)
        if day is None or not sent <= day <= sent + FARTHEST:
            continue
        place = (found.start(), found.end(), day)
        if found["w"]:
            weekday = place
            continue
        # "Monday 30 November": one day, named twice
        start = weekday[0] if weekday and found.start() - weekday[1] <= 6 else found.start()
        if weekday and start != weekday[0]:
            yield weekday
        weekday = None
        yield start, found.end(), day
    if weekday:
        yield weekday


def _day(found: re.Match[str], sent: date, month_first: bool) -> date | None:
    if found["iso"]:
        return _date(int(found["iy"]), int(found["im"]), int(found["id"]))
    if found["t"]:
        return sent + timedelta(days=1)
    if found["w"]:
        return _next_weekday(_place(_DAYS, found["w"]), sent)
    if found["a"] or found["a2"]:
        first, second = int(found["a"] or found["a2"]), int(found["b"] or found["b2"])
        month, day = (first, second) if (month_first or second > 12) and first <= 12 else (second, first)
        return _dated(day, month, found["y"], sent)
    name, day_text = (found["n1"], found["d1"]) if found["n1"] else (found["n2"], found["d2"])
    return _dated(int(day_text), _place(_MONTHS, name) + 1, found["y1"] or found["y2"], sent)


def _place(names: tuple[str, ...], word: str) -> int:
    return next(place for place, forms in enumerate(names) if re.fullmatch(forms, word, re.IGNORECASE))


def _next_weekday(weekday: int, sent: date) -> date:
    return sent + timedelta(days=(weekday - sent.weekday() - 1) % 7 + 1)


def _dated(day: int, month: int, year: str | None, sent: date) -> date | None:
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this, following = _date(sent.year, month, day), _date(sent.year + 1, month, day)
    return this if this and this >= sent else following


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
