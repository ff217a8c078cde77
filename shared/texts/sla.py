"""What agents are told of targets: one that will be missed soon, one that was missed. ``{what}`` is one of the first three."""

from typing import Final

SLA_TEXTS: Final[dict[str, dict[str, str]]] = {
    "sla.first_response": {"en": "the first answer", "pl": "pierwsza odpowiedź", "hr": "prvi odgovor"},
    "sla.next_response": {
        "en": "the answer to the customer's last message",
        "pl": "odpowiedź na ostatnią wiadomość klienta",
        "hr": "odgovor na posljednju poruku korisnika",
    },
    "sla.resolution": {"en": "the solution", "pl": "rozwiązanie", "hr": "rješenje"},
    "sla.warning.subject": {
        "en": "Due soon: {subject}",
        "pl": "Zbliża się termin: {subject}",
        "hr": "Rok se bliži: {subject}",
    },
    "sla.warning.body": {
        "en": "{ticket} “{subject}”: {what} is due by {until}.\n",
        "pl": "{ticket} „{subject}”: {what}, termin: {until}.\n",
        "hr": "{ticket} „{subject}”: {what}, rok: {until}.\n",
    },
    "sla.warning.told": {"en": "{what}: by {until}", "pl": "{what}: do {until}", "hr": "{what}: rok {until}"},
    "sla.breached.subject": {
        "en": "Overdue: {subject}",
        "pl": "Termin minął: {subject}",
        "hr": "Rok je istekao: {subject}",
    },
    "sla.breached.body": {
        "en": "{ticket} “{subject}”: {what} was due by {until} and is overdue.\n",
        "pl": "{ticket} „{subject}”: {what}, termin minął: {until}.\n",
        "hr": "{ticket} „{subject}”: {what}, rok je istekao: {until}.\n",
    },
    "sla.breached.told": {
        "en": "{what}: was due by {until}",
        "pl": "{what}: termin był {until}",
        "hr": "{what}: rok je bio {until}",
    },
}
