"""What agents are told of, and what stands in messages of side conversations. Part of the catalogue.

``{text}`` is what somebody wrote, ``{by}`` an agent who did something, ``{url}`` where the desk is. ``{details}`` says who did it and why,
each on a line of its own, where that is known; it is empty otherwise. A ``body`` is for mail. Elsewhere the title is the mail's subject,
and ``<template>.told`` stands below it.
"""

from typing import Final

_LINK: Final = "\n\n{url}/tickets/{ticket}\n"


def _mail(en: str, pl: str, hr: str) -> dict[str, str]:
    begun = {"en": "{ticket} “{subject}”", "pl": "{ticket} „{subject}”", "hr": "{ticket} „{subject}”"}
    return {language: f"{begun[language]}: {words}{_LINK}" for language, words in (("en", en), ("pl", pl), ("hr", hr))}


AGENT_TEXTS: Final[dict[str, dict[str, str]]] = {
    "agent.by": {"en": "By: {by}", "pl": "Kto: {by}", "hr": "Tko: {by}"},
    "agent.reason": {"en": "Reason: {reason}", "pl": "Powód: {reason}", "hr": "Razlog: {reason}"},
    "agent.somebody": {"en": "a colleague", "pl": "ktoś z zespołu", "hr": "netko iz tima"},
    "agent.mentioned.subject": {
        "en": "{by} mentions you: {subject}",
        "pl": "{by} wspomina o Tobie: {subject}",
        "hr": "{by} spominje Vas: {subject}",
    },
    "agent.mentioned.body": _mail(
        "{by} mentions you in a note:\n\n{text}",
        "{by} wspomina o Tobie w notatce:\n\n{text}",
        "{by} spominje Vas u bilješci:\n\n{text}",
    ),
    "agent.assigned.subject": {"en": "For you: {subject}", "pl": "Dla Ciebie: {subject}", "hr": "Za Vas: {subject}"},
    "agent.assigned.body": _mail(
        "this request is with you now.{details}",
        "to zgłoszenie jest teraz u Ciebie.{details}",
        "ovaj je upit sada kod Vas.{details}",
    ),
    "agent.handed_over.subject": {
        "en": "Handed over to {to}: {subject}",
        "pl": "Przekazano ({to}): {subject}",
        "hr": "Predano ({to}): {subject}",
    },
    "agent.handed_over.body": _mail(
        "handed over to {to}.{details}",
        "przekazano ({to}).{details}",
        "predano ({to}).{details}",
    ),
    "agent.replied.subject": {
        "en": "{customer} has written: {subject}",
        "pl": "{customer} – nowa wiadomość: {subject}",
        "hr": "{customer} – nova poruka: {subject}",
    },
    "agent.replied.body": _mail(
        "{customer} has written:\n\n{text}",
        "{customer} – nowa wiadomość:\n\n{text}",
        "{customer} – nova poruka:\n\n{text}",
    ),
    "agent.side.subject": {
        "en": "Answer of {who}: {subject}",
        "pl": "Odpowiedź ({who}): {subject}",
        "hr": "Odgovor ({who}): {subject}",
    },
    "agent.side.body": _mail(
        "{who} has answered. The customer does not see it.\n\n{text}",
        "{who} – nadeszła odpowiedź. Klient jej nie widzi.\n\n{text}",
        "{who} – stigao je odgovor. Kupac ga ne vidi.\n\n{text}",
    ),
    "agent.opened.subject": {
        "en": "New for the team: {subject}",
        "pl": "Nowe dla zespołu: {subject}",
        "hr": "Novo za tim: {subject}",
    },
    "agent.opened.body": _mail(
        "a new request of the team, which nobody has yet.",
        "nowe zgłoszenie zespołu, jeszcze nikomu nieprzydzielone.",
        "novi upit tima, koji još nitko nije preuzeo.",
    ),
    "agent.noted.subject": {
        "en": "New note: {subject}",
        "pl": "Nowa notatka: {subject}",
        "hr": "Nova bilješka: {subject}",
    },
    "agent.noted.body": _mail("{by} wrote:\n\n{text}", "{by} – notatka:\n\n{text}", "{by} – bilješka:\n\n{text}"),
    "agent.status.subject": {
        "en": "Now “{now}”: {subject}",
        "pl": "Teraz „{now}”: {subject}",
        "hr": "Sada „{now}”: {subject}",
    },
    "agent.status.body": _mail(
        "was “{was}”, is now “{now}”.{details}",
        "poprzednio „{was}”, teraz „{now}”.{details}",
        "prije „{was}”, sada „{now}”.{details}",
    ),
    "agent.status.told": {"en": "Before: “{was}”.", "pl": "Poprzednio: „{was}”.", "hr": "Prije: „{was}”."},
    "agent.requested.subject": {
        "en": "You are asked: {subject}",
        "pl": "Prośba do Ciebie: {subject}",
        "hr": "Zamolba za Vas: {subject}",
    },
    "agent.requested.body": _mail(
        "{of} asks for this:\n\n{text}\n\nWhat you write into this ticket comes back to them.",
        "{of} prosi o:\n\n{text}\n\nTo, co zapiszesz w tym zgłoszeniu, wróci do pytającego.",
        "{of} moli:\n\n{text}\n\nŠto upišete u ovaj upit, vraća se onome tko pita.",
    ),
    "agent.requested.told": {
        "en": "{of} asks for this; what you write into this ticket comes back to them:",
        "pl": "{of} prosi o poniższe; to, co zapiszesz w tym zgłoszeniu, wróci do pytającego:",
        "hr": "{of} moli sljedeće; što upišete u ovaj upit, vraća se onome tko pita:",
    },
    "agent.request_noted.subject": {
        "en": "{of} writes on {request}: {subject}",
        "pl": "{of} pisze w {request}: {subject}",
        "hr": "{of} piše u {request}: {subject}",
    },
    "agent.request_noted.body": _mail(
        "{of} writes in the request {request}:\n\n{text}",
        "{of} pisze w prośbie {request}:\n\n{text}",
        "{of} piše u zamolbi {request}:\n\n{text}",
    ),
    "agent.request_answered.subject": {
        "en": "{of} has answered {request}: {subject}",
        "pl": "{of} – odpowiedź na {request}: {subject}",
        "hr": "{of} – odgovor na {request}: {subject}",
    },
    "agent.request_answered.body": _mail(
        "the request {request} to {of} is done:\n\n{text}\n\nThe customer has not been told of it.",
        "prośba {request} ({of}) jest załatwiona:\n\n{text}\n\nKlient nie został o tym powiadomiony.",
        "zamolba {request} ({of}) je riješena:\n\n{text}\n\nKupac o tome nije obaviješten.",
    ),
    "agent.request_answered.told": {
        "en": "The customer has not been told of it.",
        "pl": "Klient nie został o tym powiadomiony.",
        "hr": "Kupac o tome nije obaviješten.",
    },
    "agent.request_overdue.subject": {
        "en": "Request {request} to {of} is overdue",
        "pl": "Prośba {request} ({of}) po terminie",
        "hr": "Zamolba {request} ({of}) izvan roka",
    },
    "agent.request_overdue.body": _mail(
        "the request {request} to {of} was due at {until} and is not answered.",
        "prośba {request} ({of}) miała termin {until} i pozostaje bez odpowiedzi.",
        "zamolba {request} ({of}) imala je rok {until} i nije odgovorena.",
    ),
    "agent.request_overdue.told": {
        "en": "It was due at {until} and is not answered.",
        "pl": "Termin minął {until}, a odpowiedzi nie ma.",
        "hr": "Rok je bio {until}, a odgovora nema.",
    },
    "side.subject": {
        "en": "A question from {company}",
        "pl": "Pytanie od {company}",
        "hr": "Pitanje: {company}",
    },
    "side.footer": {
        "en": "{company} · our reference {ticket} · to answer, simply reply to this email",
        "pl": "{company} · nasz numer {ticket} · aby odpisać, wystarczy odpowiedzieć na tę wiadomość",
        "hr": "{company} · naša oznaka {ticket} · za odgovor jednostavno odgovorite na ovu poruku",
    },
}
