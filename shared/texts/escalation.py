"""What is said when nobody is there, when a ticket comes back to its team, and when it is escalated.

``nobody.here`` stands below an acknowledgement, ``notice.escalated`` goes to the customer; the rest is for colleagues.
"""

from typing import Final

ESCALATION_TEXTS: Final[dict[str, dict[str, str]]] = {
    "nobody.here.postscript": {
        "en": "Nobody is here at the moment. We are back {when}.",
        "pl": "W tej chwili nikogo nie ma. Wracamy {when}.",
        "hr": "Trenutačno nema nikoga. Ponovno smo tu {when}.",
    },
    "notice.escalated.body": {
        "en": """\
Hello,

We have passed your request {ticket} “{subject}” on to the person in charge, who looks after it from now on. We will answer you {expected}.

Kind regards,
{company}
""",
        "pl": """\
Dzień dobry,

przekazaliśmy Państwa zgłoszenie {ticket} „{subject}” osobie odpowiedzialnej, która od teraz nad nim czuwa. Odpowiemy {expected}.

Z poważaniem
{company}
""",
        "hr": """\
Poštovani,

Vaš upit {ticket} „{subject}” proslijedili smo odgovornoj osobi, koja od sada brine o njemu. Odgovorit ćemo Vam {expected}.

Srdačan pozdrav
{company}
""",
    },
    "notice.escalated.short": {
        "en": "{company}: we have passed {ticket} on to the person in charge. We will answer you {expected}.",
        "pl": "{company}: zgłoszenie {ticket} przekazaliśmy osobie odpowiedzialnej. Odpowiemy {expected}.",
        "hr": "{company}: upit {ticket} proslijedili smo odgovornoj osobi. Odgovorit ćemo Vam {expected}.",
    },
    "notice.escalated.postscript": {
        "en": "We have passed your request {ticket} on to the person in charge.",
        "pl": "Państwa zgłoszenie {ticket} przekazaliśmy osobie odpowiedzialnej.",
        "hr": "Vaš upit {ticket} proslijedili smo odgovornoj osobi.",
    },
    "agent.returned.subject": {
        "en": "Back in the queue: {subject}",
        "pl": "Z powrotem w kolejce: {subject}",
        "hr": "Ponovno u redu čekanja: {subject}",
    },
    "agent.returned.body": {
        "en": "Whoever had {ticket} “{subject}” is away, and its customer waits for an answer. It is your team's again.\n\n{company}\n",
        "pl": "Osoba prowadząca {ticket} „{subject}” jest nieobecna, a klient czeka. Zgłoszenie wraca do zespołu.\n\n{company}\n",
        "hr": "Osoba zadužena za {ticket} „{subject}” je odsutna, a kupac čeka odgovor. Upit je ponovno kod Vašeg tima.\n\n{company}\n",
    },
    "agent.escalated.subject": {
        "en": "Escalated: {subject}",
        "pl": "Eskalacja: {subject}",
        "hr": "Eskalacija: {subject}",
    },
    "agent.escalated.body": {
        "en": "You are told of this because it was raised.\n\n{text}\n{company}\n",
        "pl": "Otrzymują Państwo tę wiadomość, ponieważ sprawę przekazano wyżej.\n\n{text}\n{company}\n",
        "hr": "Ovu poruku primate jer je upit proslijeđen na višu razinu.\n\n{text}\n{company}\n",
    },
    "escalation.head": {
        "en": "{ticket} “{subject}” was escalated: {reason}.",
        "pl": "{ticket} „{subject}”, eskalacja: {reason}.",
        "hr": "{ticket} „{subject}”, eskalacija: {reason}.",
    },
    "escalation.customer": {"en": "Customer:", "pl": "Klient:", "hr": "Kupac:"},
    "escalation.state": {"en": "Since, and as it is:", "pl": "Od kiedy i stan:", "hr": "Otkad i stanje:"},
    "escalation.problem": {"en": "The problem:", "pl": "Problem:", "hr": "O čemu je riječ:"},
    "escalation.solution": {"en": "Solution so far:", "pl": "Dotychczasowe rozwiązanie:", "hr": "Dosadašnje rješenje:"},
    "escalation.done": {"en": "What was done:", "pl": "Co zrobiono:", "hr": "Što je učinjeno:"},
    "escalation.promised": {
        "en": "What the customer was promised:",
        "pl": "Co obiecano klientowi:",
        "hr": "Što je kupcu obećano:",
    },
    "escalation.due": {"en": "Due:", "pl": "Terminy:", "hr": "Rokovi:"},
    "escalation.why.angry": {
        "en": "the customer is angry",
        "pl": "klient jest zdenerwowany",
        "hr": "kupac je ljut",
    },
    "escalation.why.words": {
        "en": "the customer used words that ask for it",
        "pl": "klient użył słów, które tego wymagają",
        "hr": "kupac je upotrijebio riječi koje to traže",
    },
    "escalation.why.reopened": {
        "en": "it had to be opened again",
        "pl": "zgłoszenie trzeba było ponownie otworzyć",
        "hr": "upit je ponovno otvoren",
    },
    "escalation.why.unanswered": {
        "en": "the customer has been waiting too long for an answer",
        "pl": "klient zbyt długo czeka na odpowiedź",
        "hr": "kupac predugo čeka odgovor",
    },
    "escalation.why.sla": {
        "en": "a deadline will be, or was, missed",
        "pl": "termin jest zagrożony lub minął",
        "hr": "rok je ugrožen ili je istekao",
    },
    "escalation.why.rejected": {
        "en": "the customer says that it is not solved",
        "pl": "klient twierdzi, że sprawa nie jest rozwiązana",
        "hr": "kupac kaže da nije riješeno",
    },
    "escalation.why.dissatisfied": {
        "en": "the customer is dissatisfied",
        "pl": "klient jest niezadowolony",
        "hr": "kupac je nezadovoljan",
    },
    "escalation.why.like": {
        "en": "tickets like this one are escalated",
        "pl": "takie zgłoszenia podlegają eskalacji",
        "hr": "takvi se upiti eskaliraju",
    },
    "escalation.why.hand": {"en": "by hand: {reason}", "pl": "ręcznie: {reason}", "hr": "ručno: {reason}"},
}
