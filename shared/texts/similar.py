"""What agents are offered with the news of a ticket: past tickets like it. Part of the catalogue.

``{lines}`` has a line for each, in whatever language it was written.
"""

from typing import Final

SIMILAR_TEXTS: Final[dict[str, dict[str, str]]] = {
    "similar.postscript": {
        "en": "Similar requests:\n{lines}",
        "pl": "Podobne zgłoszenia:\n{lines}",
        "hr": "Slični upiti:\n{lines}",
    },
    "similar.unsolved": {"en": "not solved yet", "pl": "jeszcze nierozwiązane", "hr": "još nije riješeno"},
}
