"""What was found of a domain, in sentences for whoever looks after it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.mail.domains.rules import Finding, Part

TITLES: Mapping[Part, str | Promise] = {
    Part.SPF: gettext_lazy("Who may send (SPF)"),
    Part.DKIM: gettext_lazy("The seal of the mail (DKIM)"),
    Part.DMARC: gettext_lazy("What is done with forgeries (DMARC)"),
    Part.MX: gettext_lazy("Where answers and bounces arrive (MX)"),
    Part.ADDRESS: gettext_lazy("The address of links and images"),
}

SENTENCES: Mapping[str, str | Promise] = {
    "silent": gettext_lazy(
        "The name servers did not answer for %(name)s, so nothing is known about it. Check again in a few minutes."
    ),
    "spf_right": gettext_lazy("%(domain)s allows your server to send."),
    "spf_missing": gettext_lazy(
        "%(domain)s does not say who may send for it, so your mail is easily taken for spam. Publish this record."
    ),
    "spf_several": gettext_lazy(
        "%(domain)s has %(count)s SPF records, so receivers count none of them. Delete them and publish this one."
    ),
    "spf_unreadable": gettext_lazy(
        "The SPF record of %(domain)s, or one that it includes, cannot be read at “%(word)s”, so it counts for nothing."
        " Correct that word."
    ),
    "spf_anybody": gettext_lazy(
        "The SPF record of %(domain)s lets anybody in the world send (+all). Publish this record instead."
    ),
    "spf_open_inclusion": gettext_lazy(
        "The SPF record of %(domain)s includes %(name)s, which lets anybody in the world send (+all). Take that"
        " inclusion out."
    ),
    "spf_too_many": gettext_lazy(
        "The SPF record of %(domain)s needs %(count)s look-ups, and receivers stop after 10. Take out the services that"
        " you no longer use."
    ),
    "spf_broken_inclusion": gettext_lazy(
        "The SPF record of %(domain)s includes %(name)s, which has no single SPF record, so yours counts for nothing."
        " Take that inclusion out, or correct its name."
    ),
    "spf_relay_unnamed": gettext_lazy(
        "The SPF record of %(domain)s does not name your server %(relay)s. Unless its company has told you other words"
        " for your record, publish this one."
    ),
    "spf_open_end": gettext_lazy(
        "The SPF record of %(domain)s does not say what to do with mail of others. Publish it with ~all at its end."
    ),
    "spf_not_aligned": gettext_lazy(
        "Bounces return to %(other)s, another domain than %(domain)s, so SPF does not count for DMARC and DKIM has to."
        " Take a domain of bounces below %(domain)s."
    ),
    "dkim_right": gettext_lazy("The key %(name)s is published."),
    "dkim_unnamed": gettext_lazy(
        "Your server seals the mail, not Relance. Enter the selector that its company has given you, and the key is"
        " looked up."
    ),
    "dkim_missing": gettext_lazy(
        "There is no key at %(name)s, so receivers cannot check the seal. Publish the record that the company of your"
        " server gives you, or correct the selector."
    ),
    "dkim_withdrawn": gettext_lazy(
        "The key %(name)s has been withdrawn, so every seal made with it is refused. Publish the present key, or enter"
        " its selector."
    ),
    "dkim_unreadable": gettext_lazy("The key at %(name)s cannot be read. Copy the record of your server anew, whole."),
    "dkim_weak": gettext_lazy(
        "The key %(name)s has %(bits)s bits, and receivers refuse those under 1024. Have a key of 2048 bits made."
    ),
    "dkim_short": gettext_lazy(
        "The key %(name)s works, but has only %(bits)s bits. Have a key of 2048 bits made when you can."
    ),
    "dmarc_right": gettext_lazy("%(domain)s asks receivers to set forgeries aside (%(policy)s)."),
    "dmarc_missing": gettext_lazy(
        "%(domain)s does not say what to do with forgeries. The large providers ask for this record from all who send"
        " to many. Publish it."
    ),
    "dmarc_several": gettext_lazy(
        "There are %(count)s DMARC records at %(name)s, so receivers count none. Keep one and delete the others."
    ),
    "dmarc_unreadable": gettext_lazy(
        "The DMARC record at %(name)s does not say what to do (p=none, quarantine or reject), so it counts for nothing."
    ),
    "dmarc_none": gettext_lazy(
        "%(domain)s only watches forgeries (p=none), which is right to begin with. Once the reports show that your own"
        " mail passes, publish this record."
    ),
    "mx_right": gettext_lazy("Mail to %(domain)s arrives at %(host)s."),
    "mx_missing": gettext_lazy(
        "No server receives mail for %(domain)s (no MX record), so answers and bounces are lost. Publish one that names"
        " the server of your mailbox."
    ),
    "mx_refuses": gettext_lazy(
        "%(domain)s says that it receives no mail, so answers and bounces are lost. Name the server of your mailbox in"
        " its MX record."
    ),
    "address_right": gettext_lazy("%(domain)s is found."),
    "address_missing": gettext_lazy(
        "%(domain)s is not found, so links and images in your mail lead nowhere. Publish its address (A or AAAA)."
    ),
}


def title(part: Part) -> str:
    """What was looked at."""
    return str(TITLES[part])


def sentence(finding: Finding) -> str:
    """What was found, and what to do."""
    told = str(SENTENCES.get(finding.code, "")) or _("This finding is not known here. Check again.")
    try:
        return told % finding.facts
    except KeyError:
        return _("This finding is not known here. Check again.")
