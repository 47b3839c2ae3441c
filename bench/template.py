"""The mail of the sending benchmarks: ten fields, five links; pixel and opt-out come by themselves."""

from __future__ import annotations

SUBJECT = "{Person.firstName}, the plan for {Account.name}"
PARAGRAPH = (
    "<p>We have looked at what companies of your size in the region spend on their sites, month by month, and "
    "at what those that changed their supplier have kept. The figures surprised us, and they may surprise you too: "
    "most of what is saved is saved in the first two weeks, and by one person.</p>"
)
HTML = f"""<!DOCTYPE html><html><head><style>p {{ color: #222 }} a {{ color: #3949ab }}</style></head><body>
<p>Hello {{Person.firstName}} {{Person.lastName}},</p>
<p>As {{Person.jobTitle}} at {{Person.company}} in {{Person.city}} you decide what comes next. Is {{Person.phone}}
still your number?</p>
{PARAGRAPH * 3}
<p><a href="https://helionne.example/plan">The plan</a>, <a href="https://helionne.example/figures?year=2026">the
figures</a>, <a href="https://helionne.example/guide">the guide</a>, <a href="https://helionne.example/people">who we
are</a> and <a href="https://helionne.example/meet">a quarter of an hour with {{User.name}}</a>.</p>
{PARAGRAPH}
<p>{{User.name}}<br>{{User.emailAddress}}<br>{{Organisation.name}}</p>
</body></html>"""
