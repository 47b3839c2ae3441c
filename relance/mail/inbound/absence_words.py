"""The words of automatic answers, in seven languages and a few more. *(pure)*

Patterns of the subject and of the text; `absences` weighs them.
"""

from __future__ import annotations

import re

SURE_SUBJECT = re.compile(
    r"""\W*(?:\[[^\]]*\]\s*)*
    (?: auto(?:matic(?:ally)?|mated|matisch\w*|matique)?[\s:_-]*(?:re(?:ply|sponse|sponder)|antwor[td]\w*|svar\b)
      | automatische?\s+antwort | automatisch\s+antwoord | automatisk\w*\s+sv\w+ | automaattinen\s+vastaus
      | r[ée]ponse\s+auto | risposta\s+automatica | respuesta\s+autom | resposta\s+autom | odpowied[zź]\s+automat
      | (?:out\s+of|away\s+from)\s+(?:the\s+|my\s+)?office\s*(?:$|[:(–-]|auto|re(?:ply|sponse)|notif|message
        |assistant)
      | ooo\s*(?:$|[:–-]) | abwesenheits(?:notiz|nachricht|assistent|meldung|info) | abwesend\s*(?:$|[:–-])
      | auto\s*:\s*\S+(?:\s+\S+){0,4}\s+(?:is|est|ist)\b
      | (?:\S+\s+){1,4}(?:is|est|ist|está|è)\s+(?:out\s+of\s+(?:the\s+)?office|absente?|abwesend|ausente
        |assente)\b[^?]*\(
      | automati\w+\s+(?:\w*best[äa]tigung|confirmation|acknowledge?ment|bevestiging|conferma|confirmaci[óo]n)
      | (?:accus[ée]\s+de\s+r[ée]ception|confirmation|conferma|confirmaci[óo]n)\s+automati
      | message\s+d['’]absence | notification\s+d['’]absence | absence\s+du\s+bureau
        | afwezigheids(?:bericht|assistent|melding)
      | vacation\s+(?:reply|notice|message|auto) | fuori\s+(?:ufficio|sede)\s*(?:$|[:–-])
        | fuera\s+de\s+(?:la\s+)?oficina\s*(?:$|[:–-])
      | ausência\s+temporária | frånvaro | poissa(?:olo)? | nieobecno
        | (?:自動返信|自動応答|自动回复|自動回覆|автоответ|автоматический\s+ответ) )""",
    re.IGNORECASE | re.VERBOSE,
)
LIKELY_SUBJECT = re.compile(
    r"""\W*(?:\[[^\]]*\]\s*)*
      (?:(?:i\s+am|i['’]m|je\s+suis|ich\s+bin|wir\s+sind|estoy|estamos|sono|siamo|ik\s+ben|estou)\s+)?
    (?: (?:currently\s+|i\s*['’]?\s*a?m\s+)?(?:out\s+of|away\s+from)\s+(?:the\s+|my\s+)?(?:office|desk) | ooo\b
      | (?:i\s*['’]?\s*a?m\s+)?(?:on|away\s+on)\s+(?:vacation|holiday|annual\s+leave|leave|maternity|parental)
        | vacation\b | holiday\b
      | away\s+(?:message|notice|until|from) | absen(?:te?|ce|cia|z)\b | en\s+cong[ée]s? | cong[ée]s\b
        | je\s+suis\s+(?:absent|en\s+cong)
      | hors\s+du\s+bureau | abwesen | im\s+urlaub | außer\s+haus | ich\s+bin\s+(?:nicht|derzeit|bis|ab|vom)
      | nicht\s+im\s+(?:b[üu]ro|haus)
        | urlaub | afwezig
      | fuori\s+(?:ufficio|sede) | assen(?:te|za) | in\s+ferie | fuera\s+de | ausen(?:te|cia) | de\s+vacaciones
        | (?:de\s+|em\s+)?f[ée]rias | fora\s+do | ausência | (?:mensaje|aviso)\s+de\s+ausencia
        | messaggio\s+di\s+assenza
      | niet\s+(?:aanwezig|op\s+kantoor|bereikbaar) | (?:met|op)\s+vakantie | vakantie\b | verlof\b
      | semester\b | ferie\b | på\s+semester | urlop
      | (?:ontvangst|leser?)bevestiging | (?:acuse|confirmaci[óo]n)\s+de\s+reci
      | conferma\s+(?:di\s+)?(?:ricezione|ricevimento)
      | confirma[çc][ãa]o\s+de\s+rece | hemos\s+recibido | abbiamo\s+ricevuto | recebemos | wij?\s+hebben\s+uw
      | nous\s+avons\s+bien\s+re[çc]u | wir\s+haben\s+ihre
      | (?:su|vostra|sua|uw)\s+(?:solicitud|consulta|richiesta|pedido|aanvraag)
      | (?:gracias|grazie|obrigad[oa]|bedankt)\s+(?:por\s+(?:contactar|su|o\s+seu)|per\s+(?:averci|il|la)
        |pel[oa]\s+(?:seu|sua)|voor\s+uw)
      | (?:we\s+(?:have\s+|['’]?ve\s+)?)?received\s+your | your\s+(?:e-?mail|message|request|inquiry|enquiry|ticket)
      | (?:support\s+)?(?:ticket|case|request)\s*(?:\#|id|received|created|opened|\[)
        | accus[ée]\s+(?:de\s+)?r[ée]ception
      | confirmation\s+de\s+r[ée]ception | (?:eingangs|empfangs)best[äa]tigung
        | ihre\s+(?:anfrage|nachricht|e-?mail)
      | thank\s+you\s+for | thanks\s+for | merci\s+(?:pour|de)\s+votre
        | votre\s+(?:message|demande|mail|e-?mail) | vielen\s+dank\s+f
      | (?:office\s+)?closed\b | (?:annual|holiday|company)\s+(?:closure|shutdown) | fermeture\b
      | betriebs(?:ferien|urlaub)
      | cerrado\b | chiusura\b | chiuso\b | gesloten\b | encerrad[oa]s?\b | encerramento
      | (?:please\s+)?(?:confirm|verify)\s+your | challenge )""",
    re.IGNORECASE | re.VERBOSE,
)
AUTOMATIC = re.compile(
    r"""\b(?: this\s+(?:is|was)\s+an?\s+(?:auto\w+)(?:\s+generated)?\s+(?:e-?mail\s+)?(?:re(?:ply|sponse)|message
        |e-?mail|answer|notification)
      | this\s+(?:e-?mail|message|reply|response)\s+(?:is|was|has\s+been)\s+(?:sent\s+|generated\s+)?automatically
      | (?:ceci|cet\s+e-?mail|ce\s+(?:message|mail|courriel))\s+est\s+(?:une?\s+)?(?:r[ée]ponse\s+|message\s+
        |e-?mail\s+
        |courriel\s+)?(?:envoy[ée]\s+|g[ée]n[ée]r[ée]\s+)?automati(?:que|s[ée])
      | (?:dies\s+ist|hierbei\s+handelt\s+es\s+sich\s+um)\s+eine\s+automatisch\w*(?:\s+\w+)?\s+(?:antwort
        |nachricht|e-?mail|mitteilung)
      | diese\s+(?:nachricht|e-?mail|antwort)\s+(?:wurde|ist|wird)\s+automatisch
      | (?:esta?e?\s+es|se\s+trata\s+de)\s+una?\s+(?:respuesta|mensaje|correo)\s+autom[áa]tic
      | quest[ao]\s+(?:[èe]|e['’])\s+un[ao]?['’]?\s*(?:risposta|messaggio|e-?mail)\s+automatic
      | dit\s+is\s+een\s+(?:automatisch|geautomatiseerd)\w*(?:\s+\w+)?\s+(?:antwoord|bericht|e-?mail|reactie)
      | est[ae]\s+(?:[ée])\s+uma?\s+(?:resposta|mensagem|e-?mail)\s+autom[áa]tic
      | det(?:ta|te)\s+(?:är|er)\s+(?:ett|et|en)\s+automatisk )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Says of itself what it is; in every language with the letters "auto"."""
ABSENT = re.compile(
    r"""\b(?: (?:i\s+am|i['’]m|i\s+will\s+be|i['’]ll\s+be|we\s+are|\w+\s+is)\s+(?:currently\s+|now\s+
        |presently\s+)?(?:out\s+of\s+(?:the\s+|my\s+)?office
        |away|on\s+(?:\w+\s+)?(?:vacation|holiday|leave|annual))
      | (?:currently|now)\s+(?:out\s+of\s+(?:the\s+)?office|away|on\s+(?:\w+\s+)?(?:leave|holiday|vacation))
      | (?:i\s+)?(?:no\s+longer\s+work|(?:have|['’]ve)\s+left\s+(?:the\s+company|\w+\s+(?:as\s+of|on)))
      | i[^.\n]{0,40}\b(?:won['’]t|not)\s+be\s+checking | taking\s+(?:some\s+)?time\s+off
      | (?:offices?|company)\s+(?:is|are|will\s+be|remains?)\s+closed
      | ne\s+(?:fais|travaille)\s+plus\s+(?:partie|chez|dans|pour) | [ée]tant\s+en\s+(?:d[ée]placement|cong)
      | (?:soci[ée]t[ée]|bureaux?|entreprise|[ée]tablissement)\s+(?:est|sont|sera|seront)\s+ferm
      | arbeite\s+nicht\s+mehr | befinde\s+mich\s+[^.\n]{0,30}(?:urlaub|elternzeit|mutterschutz)
      | (?:b[üu]ros?|firma)\s+[^.\n]{0,40}geschlossen
      | wieder\s+im\s+(?:b[üu]ro|haus) | ya\s+no\s+(?:trabajo|formo) | (?:oficinas?|empresa)\s+[^.\n]{0,20}cerrad
      | non\s+lavoro\s+pi[ùu] | (?:uffici|azienda|sede)\s+[^.\n]{0,20}chius | werk\s+(?:hier\s+|niet\s+)+meer
      | (?:kantoor|bedrijf)\s+[^.\n]{0,20}gesloten | tot\s[^.\n]{0,30}vakantie | ben\s+er\s+niet\s+(?:tot|van)
      | j[áa]\s+n[ãa]o\s+trabalho | (?:escrit[óo]rio|empresa)\s+[^.\n]{0,20}encerrad
      | je\s+(?:suis|serai)\s+(?:actuellement\s+|en\s+ce\s+moment\s+)?(?:absente?|indisponible|en\s+(?:cong[ée]s?
        |vacances|d[ée]placement)|hors\s+d)
      | (?:actuellement|je\s+suis)\s+(?:absente?|en\s+cong) | absente?\s+du\s+bureau
      | (?:ich\s+bin|bin\s+ich|wir\s+sind|zurzeit|derzeit)\s+(?:[^.\n]|(?<=\d)\.){0,60}?(?:nicht\s+(?:im|am
        |erreich)|abwesend
        |(?:au(?:ß|ss)er)\s+haus|urlaub|elternzeit)
      | (?:estar[ée]|estoy|me\s+encuentro|actualmente)\s+(?:\w+\s+){0,2}?(?:fuera\s+de|ausente|de\s+(?:vacaciones
        |baja|permiso))
      | (?:sono|sar[òo])\s+(?:attualmente\s+|al\s+momento\s+)?(?:fuori|assente|in\s+(?:ferie|maternit|congedo))
        | non\s+(?:sono|sar[òo])\s+in\s+(?:ufficio|sede)
      | (?:ik\s+ben|ben\s+ik)\s+(?:[^.\n]|(?<=\d)\.){0,40}?(?:afwezig|niet\s+(?:op\s+kantoor|aanwezig|bereikbaar)
        |(?:met
        |op)\s+(?:vakantie|verlof))
      | (?:estou|estarei|encontro-me|me\s+encontro)\s+(?:\w+\s+)?(?:ausente|de\s+f[ée]rias|em\s+f[ée]rias|fora
        |no\s+escrit)
      | jag\s+är\s+(?:inte\s+på\s+kontoret|på\s+semester|ledig) | jeg\s+er\s+(?:ikke\s+på\s+kontoret|på\s+ferie)
      | jestem\s+(?:obecnie\s+)?(?:nieobecn|na\s+urlopie) )""",
    re.IGNORECASE | re.VERBOSE,
)
RECEIVED = re.compile(
    r"""\b(?: thank\s+you\s+for\s+(?:contacting|e-?mailing|reaching\s+out)
      | (?:a\s+)?(?:ticket|case)\s+(?:has\s+been|was)\s+(?:created|opened)
      | we\s+(?:have\s+|['’]ve\s+)?received\s+your | (?:has\s+been|been|was)\s+received\b
      | nous\s+avons\s+bien\s+re[çc]u
      | votre\s+(?:message|demande|mail|e-?mail)\s+(?:a\s+(?:bien\s+)?[ée]t[ée]|nous\s+est|est\s+bien)
      | (?:ihre\s+(?:nachricht|anfrage|e-?mail)|wir\s+haben\s+ihre\s+\S+)\s+[^.\n]{0,40}(?:eingegangen|erhalten
        |bearbeitet)
      | vielen\s+dank\s+f[üu]r\s+ihre\s+anfrage
      | hemos\s+recibido\s+su | gracias\s+por\s+contactar | abbiamo\s+ricevuto\s+la
      | grazie\s+per\s+averci\s+(?:contattat|scritt)
      | wij?\s+hebben\s+uw\s+\S+\s+(?:\w+\s+)?ontvangen | recebemos\s+[ao]\s+(?:seu|sua)
      | obrigad[oa]\s+pel[oa]\s+(?:seu\s+)?contac?to )""",
    re.IGNORECASE | re.VERBOSE,
)
THANKS = re.compile(
    r"""\b(?: (?:thank\s+you|thanks)\s+for\s+your\s+(?:e-?mail|message|inquiry|enquiry)
      | merci\s+(?:pour|de)\s+votre\s+(?:message|e-?mail|mail)
      | (?:vielen\s+dank|danke)\s+f[üu]r\s+(?:ihre|die)\s+(?:nachricht|e-?mail|mail)
      | gracias\s+por\s+su\s+(?:mensaje|correo)
      | grazie\s+per\s+(?:il|la)\s+(?:messaggio|mail|e-?mail|sua)
      | bedankt\s+voor\s+(?:uw|je)\s+(?:bericht|e-?mail|mail)
      | obrigad[oa]\s+pel[oa]\s+(?:sua\s+|seu\s+)?(?:mensagem|e-?mail) )""",
    re.IGNORECASE | re.VERBOSE,
)
MEANWHILE = re.compile(
    r"""\b(?: (?:for|in\s+case\s+of|if\s+(?:it|this|your\s+\w+)\s+is|in)\s+(?:an?\s+|any\s+|very\s+)?(?:urgent
        |urgency|emergency|immediate)
      | (?:limited|no|intermittent)\s+access\s+to
      | (?:reply|respond|answer|get\s+back|return\s+your)[^.\n]{0,40}(?:on\s+my\s+return|when\s+i\s+(?:return
        |am\s+back)|as\s+soon\s+as|shortly|within)
      | not\s+(?:be\s+)?(?:monitored|forwarded|checking)
      | please\s+(?:contact|address|direct|write)
      | (?:merci\s+d|pri[èe]re\s+d)['’e]\s*(?:contacter|adresser|[ée]crire|vous\s+adresser)
      | wenden\s+sie\s+sich | rivolgersi\s+a | p[óo]ngase\s+en\s+contacto | neem\s+(?:dan\s+)?contact
      | queira\s+contactar
      | (?:en\s+cas\s+d['’]|pour\s+toute\s+|pour\s+une\s+|si\s+)urgen\w+ | acc[èe]s\s+(?:tr[èe]s\s+)?limit[ée]
        | (?:r[ée]pondrai?|traiterai)[^.\n]{0,40}(?:[àa]|d[èe]s)\s+mon\s+retour
        | r[ée]pondra\s+(?:sous|dans\s+les) | dans\s+les\s+(?:meilleurs|plus\s+brefs)\s+d[ée]lais
      | in\s+dringenden\s+(?:f[äa]llen|angelegenheiten) | nicht\s+weitergeleitet | keinen\s+zugriff
      | nach\s+meiner\s+r[üu]ckkehr
        | (?:schnellstm|baldm)[öo]glich | wird\s+bearbeitet
      | (?:en\s+caso\s+de|para\s+(?:asuntos|temas)|si\s+es)\s+urgen\w+ | acceso\s+limitado
      | a\s+mi\s+(?:regreso|vuelta) | (?:en\s+breve|lo\s+antes\s+posible)
      | (?:per|in\s+caso\s+di)\s+(?:urgenz\w+|richieste\s+urgenti|emergenz\w+|comunicazioni\s+urgenti)
      | accesso\s+limitato | al\s+mio\s+(?:rientro|ritorno) | al\s+pi[ùu]\s+presto
      | (?:voor|bij|in)\s+(?:dringende|spoed|urgente)\w* | beperkt\w*\s+toegang | na\s+mijn\s+terugkeer
      | zo\s+(?:snel|spoedig)\s+mogelijk | niet\s+(?:doorgestuurd|gelezen|beantwoord)
      | (?:em\s+caso\s+de|para\s+assuntos|se\s+for)\s+urg\w+ | acesso\s+limitado
      | (?:quando\s+(?:voltar|regressar)|no\s+meu\s+regresso) | assim\s+que\s+poss[íi]vel
      )""",
    re.IGNORECASE | re.VERBOSE,
)
"""What to do in the meantime: whom to ask, and when an answer will come."""
OF_A_PERSON = re.compile(
    r"""\? | \b(?: but | though | so | mais | donc | aber | jedoch | also | pero | así | però | ma | quindi
      | maar | dus | mas
      | offers? | orders? | contracts? | prices? | quotes? | proposals? | devis | offre | contrat | commande | prix
      | angebot | vertrag | bestellung | preis | oferta | contrato | pedido | precio | offerta | contratto | ordine
      | prezzo | offerte | prijs | proposta | encomenda | preço )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""A question, a "but", a word about the business: machines that are away have none."""
