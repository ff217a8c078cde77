"""What customers are asked for, reminded of and told when nothing comes, and the words around what rules say. Part of the catalogue.

``.body`` is a mail, ``.short`` a message on any other channel, ``.postscript`` stands below another message.
"""

from typing import Final

ASKING_TEXTS: Final[dict[str, dict[str, str]]] = {
    "asking.words": {
        "en": "So that we can go on, please send us:\n\n{list}",
        "pl": "Abyśmy mogli zająć się sprawą, prosimy o przesłanie:\n\n{list}",
        "hr": "Kako bismo mogli nastaviti, molimo pošaljite nam:\n\n{list}",
    },
    "asking.request.body": {
        "en": """\
Hello,

So that we can go on with your request {ticket} “{subject}”, please send us:

{list}

Simply reply to this email.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

abyśmy mogli zająć się Państwa zgłoszeniem {ticket} „{subject}”, prosimy o przesłanie:

{list}

Wystarczy odpowiedzieć na tę wiadomość.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

kako bismo mogli nastaviti s Vašim upitom {ticket} „{subject}”, molimo pošaljite nam:

{list}

Jednostavno odgovorite na ovu poruku.

Srdačan pozdrav
{company}
""",
    },
    "asking.request.short": {
        "en": "{company}: for {ticket}, please send us:\n{list}",
        "pl": "{company}: do zgłoszenia {ticket} prosimy o przesłanie:\n{list}",
        "hr": "{company}: za upit {ticket} molimo pošaljite nam:\n{list}",
    },
    "asking.request.postscript": {
        "en": "So that we can go on, please send us:\n\n{list}",
        "pl": "Abyśmy mogli zająć się sprawą, prosimy o przesłanie:\n\n{list}",
        "hr": "Kako bismo mogli nastaviti, molimo pošaljite nam:\n\n{list}",
    },
    "asking.reminder.body": {
        "en": """\
Hello,

We are still waiting for your answer to our question about your request {ticket} “{subject}”. Please send us:

{list}

Simply reply to this email, and we will go on.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

nadal czekamy na Państwa odpowiedź w sprawie zgłoszenia {ticket} „{subject}”. Prosimy o przesłanie:

{list}

Wystarczy odpowiedzieć na tę wiadomość, a wrócimy do sprawy.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

još uvijek čekamo Vaš odgovor u vezi s upitom {ticket} „{subject}”. Molimo pošaljite nam:

{list}

Jednostavno odgovorite na ovu poruku i nastavit ćemo.

Srdačan pozdrav
{company}
""",
    },
    "asking.reminder.short": {
        "en": "{company}: for {ticket} we are still waiting for:\n{list}",
        "pl": "{company}: do zgłoszenia {ticket} nadal czekamy na:\n{list}",
        "hr": "{company}: za upit {ticket} još čekamo:\n{list}",
    },
    "asking.closed.body": {
        "en": """\
Hello,

We have not received the details that we asked you for, so we have closed your request {ticket} “{subject}”.

If you still need our help, simply reply to this email.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

nie otrzymaliśmy informacji, o które prosiliśmy, dlatego zamknęliśmy Państwa zgłoszenie {ticket} „{subject}”.

Jeśli nadal potrzebują Państwo pomocy, wystarczy odpowiedzieć na tę wiadomość.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

nismo primili podatke za koje smo Vas molili, pa smo zatvorili Vaš upit {ticket} „{subject}”.

Trebate li i dalje našu pomoć, jednostavno odgovorite na ovu poruku.

Srdačan pozdrav
{company}
""",
    },
    "asking.closed.short": {
        "en": "{company}: we did not receive the details we asked for and have closed {ticket}. Write to us if you still need help.",
        "pl": "{company}: nie otrzymaliśmy potrzebnych informacji i zamknęliśmy zgłoszenie {ticket}. W razie potrzeby prosimy o wiadomość.",
        "hr": "{company}: nismo primili tražene podatke i zatvorili smo upit {ticket}. Trebate li i dalje pomoć, javite nam se.",
    },
    "asking.closed.postscript": {
        "en": "We have not received the details that we asked you for, so we have closed your request {ticket}.",
        "pl": "Nie otrzymaliśmy informacji, o które prosiliśmy, dlatego zamknęliśmy Państwa zgłoszenie {ticket}.",
        "hr": "Nismo primili podatke za koje smo Vas molili, pa smo zatvorili Vaš upit {ticket}.",
    },
    # -- what rules say -------------------------------------------------------------------------------------------------
    "rule.message.body": {
        "en": "{text}\n\n{company} · your request {ticket}\n",
        "pl": "{text}\n\n{company} · Państwa zgłoszenie {ticket}\n",
        "hr": "{text}\n\n{company} · Vaš upit {ticket}\n",
    },
    "rule.message.short": {
        "en": "{text}\n\n{company}, request {ticket}",
        "pl": "{text}\n\n{company}, zgłoszenie {ticket}",
        "hr": "{text}\n\n{company}, upit {ticket}",
    },
    "rule.message.postscript": {"en": "{text}", "pl": "{text}", "hr": "{text}"},
    "agent.rule.subject": {
        "en": "Rule “{rule}”: {subject}",
        "pl": "Reguła „{rule}”: {subject}",
        "hr": "Pravilo „{rule}”: {subject}",
    },
    "agent.rule.body": {
        "en": "The rule “{rule}” applies to ticket {ticket} “{subject}”.\n",
        "pl": "Reguła „{rule}” dotyczy zgłoszenia {ticket} „{subject}”.\n",
        "hr": "Pravilo „{rule}” vrijedi za upit {ticket} „{subject}”.\n",
    },
}
