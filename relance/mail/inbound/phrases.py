"""What bounces say, in the words of many servers and a few languages. *(pure)*

Each pattern answers one question of `bounces`; all are looked for in a text of limited length.
"""

from __future__ import annotations

import re

DAEMONS = re.compile(r"mailer-?da?emon|postmaster@|mail\s*delivery\s*(?:sub)?system|^\W*$|<>\s*$", re.IGNORECASE)

SYSTEMS = re.compile(
    r"""mailer-?(?:daemon|demon) | postmaster | mail\s*(?:delivery|administrator|system|router|subsystem) | ^<?>?$
      | mdaemon | no-?reply@ | daemon@ | bounce | mail-daemon | microsoft\s*exchange | mmd?s?-?admin | delivery
        | exim
      | admin(?:istrator)?@ | mta@ | system@ | root@""",
    re.IGNORECASE | re.VERBOSE,
)

TITLES = re.compile(
    r"""undeliver | undelivered | (?:un)?able\s+to\s+deliver | (?:mail|message|delivery|e-?mail
        |sending).{0,30}(?:fail|error|problem|return|reject|refus)
      | (?:fail|error|problem|return|reject)\w*.{0,30}(?:mail|message|deliver|notice|sending)
        | returned\s+to\s+sender | failure\s+notice
      | non[\s-]?(?:deliver|remis|zustell) | not\s+(?:be\s+)?deliver
        | delivery\s+(?:status|notification|report|status)
      | nicht\s+zustell | unzustellbar | non\s+remis | [ée]chec | nondeliverable | user\s+unknown
        | warning:.*(?:not|delay)
      | mail\s+system\s+error | could\s+not\s+(?:be\s+)?(?:sen[dt]|deliver) | message\s+status
        | 配信|送信できません|エラー
        | не\s*доставл""",
    re.IGNORECASE | re.VERBOSE,
)

PHRASES = re.compile(
    r"""could\s*n[o'’]?t\s+be\s+deliver | (?:was|were|is|be)\s+(?:not|unable\s+to\s+be)\s+deliver
        | (?:not|un)able\s+to\s+deliver
      | deliver(?:y|ing).{0,60}(?:fail|error|not\s+possible|problem|trouble)
        | permanent(?:ly)?\s+(?:fatal\s+)?(?:error|fail|reject)
      | (?:user|recipient|address|mailbox|account)\s+(?:is\s+)?(?:unknown|not\s+found|unavailable|rejected
        |does\s+not) | no\s+such\s+(?:user|mailbox|address)
      | remote\s+host\s+said | smtp\s+(?:error|server|protocol) | rejected\s+(?:your|the)\s+(?:message|mail)
      | (?:message|mail).{0,40}(?:rejected|refused|returned|bounced|blocked) | giving\s+up\s+on
        | transcript\s+of\s+session
      | returned\s+(?:the\s+following\s+)?(?:permanent\s+)?error | following\s+(?:address|recipient)\w*.{0,40}fail
      | error\s+deliver | did\s+not\s+reach\s+the\s+following | could\s+not\s+deliver | invalid\s+final\s+delivery
      | zugestellt\s+werden | n['’]a\s+pas\s+(?:pu\s+)?[êe]t[ré]e?\s+(?:remis|livr|distribu) | 送信できません|エラー""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

COPY = re.compile(
    r"""^[\s>*-]*(?:-+\s*)?(?: (?:original|unsent|returned|undelivered|transmitted)\s+(?:message|mail|text)
      | below\s+this\s+line\s+is\s+a\s+copy | (?:this\s+is\s+)?a?\s*copy\s+of\s+(?:the|your)\s+(?:message|mail)
      | (?:the\s+)?(?:headers|header\s+of|body)\s+(?:of\s+the\s+)?(?:original|message)
      | your\s+original\s+message | message\s+(?:header|text|follows) | return(?:ed)?-path\s*:
        | received:\s+(?:from|by) )""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)

STILL_TRYING = re.compile(
    r"""(?:will|shall)\s+(?:be\s+)?(?:continue|keep|retr|re-?tried|attempt)\w*.{0,60}(?:try|deliver|send|hours
        |days|retr)?
      | (?:still|has\s+not\s+yet|not\s+yet)\s+.{0,30}(?:deliver|trying|being)
        | (?:delivery|message|mail)\s+(?:has\s+been\s+|is\s+|was\s+)?delayed
      | this\s+is\s+(?:only\s+)?a\s+warning | you\s+do\s+not\s+need\s+to\s+resend""",
    re.IGNORECASE | re.VERBOSE,
)

GIVEN_UP = re.compile(
    r"giv(?:en|ing)\s+up|permanent|no\s+longer|could\s+not\s+be\s+delivered\s+(?:for|after)|undeliverable",
    re.IGNORECASE,
)

DEAD = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)")

NO_DOMAIN = re.compile(
    r"""(?:host|domain)(?:\s+or\s+domain)?\s+(?:name\s+)?(?:not\s+found|unknown|does\s*n[o\u2019']t\s+exist)
        | no\s+such\s+(?:domain|host)
      | (?:unknown|invalid|nonexistent)\s+(?:domain|host) | unrouteable\s+address
        | dns\s+lookup\s+failure.*not\s+found
      | no\s+(?:mx|mail\s+exchanger)\b | find\s+a\s+mail\s+exchanger | indicated\s+no\s+smtp\s+service | null\s*mx
      | name\s+service\s+error\s.*host\s+not\s+found""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

PLAIN_WORDS = re.compile(
    r"""not\s+listed\s+in | (?:recipient|user)\s+name\s+is\s+not\s+recogni[sz]ed | address\s+not\s+found
        | address\s+couldn['\u2019]t\s+be\s+found
      | invalid\s+final\s+delivery\s+userid | does\s*n['o\u2019]*t\s+have\s+an?\s+\S+\s+account
        | no\s+such\s+(?:user|mailbox|address|person)
      | user\s+unknown | unknown\s+(?:user|recipient|address) | utilisateur\s+inconnu | adresse\s+inconnue
        | unbekannter?\s+(?:benutzer|empf)
      | (?:address|mailbox|user|recipient)\s+(?:does\s+not|doesn['\u2019]t)\s+exist
        | not\s+(?:our|a\s+known)\s+(?:user|customer)""",
    re.IGNORECASE | re.VERBOSE,
)

ABSENT_AT_MICROSOFT = re.compile(r"5\.4\.1.{0,80}recipient address rejected: access denied", re.IGNORECASE | re.DOTALL)

AT_RCPT = re.compile(
    r"after\s+rcpt|to\s+rcpt\s+to|rcpt\s+to:?\s*<|smtp:rcpt|>>>\s*rcpt|does\s+not\s+like\s+recipient|\brcpt\b.{0,40}command",
    re.IGNORECASE,
)

AT_DATA = re.compile(
    r"end\s+of\s+data|reply\s+to\s+(?:end\s+of\s+)?data|>>>\s*data|command\W+data\b|after\s+data",
    re.IGNORECASE,
)

LATER = re.compile(r"try\s+again\s+(?:later|in\s)|temporar|host\s+not\s+found,\s+try\s+again", re.IGNORECASE)
