"""``[notices]`` and ``[after]``: what customers are told of a ticket's life by itself, and what they are asked when it is solved."""

from pydantic import Field

from shared.settings.base import Section
from shared.settings.policy import Words


class Notices(Section):
    """Of which changes the customer is told: one notice each, together with any message that goes to them anyway.

    ``open``: what was handled or waited for them is being worked on again; ``waiting``: we wait for them; ``handled``: it is done, also
    when it was closed at once; ``closed``: what was handled is closed. ``assigned``: who takes care of it, by the name that the agent has
    for customers; without one nobody is named. ``first_steps``: what the category says that they can try meanwhile.
    """

    open: bool = True
    waiting: bool = True
    handled: bool = True
    closed: bool = False
    assigned: bool = True
    first_steps: bool = True


_ANGRY = {
    "en": (
        *("unacceptable", "outrag", "ridiculous", "disgust", "awful", "terrible", "the worst", "useless", "furious"),
        *(
            "angry",
            "scam",
            "fraud",
            "never again",
            "waste of time",
            "my lawyer",
            "sue you",
            "disappoint",
            "shame on you",
        ),
    ),
    "pl": (
        *("skandal", "niedopuszczaln", "oburz", "żenad", "żenuj", "fataln", "beznadziej", "najgorsz", "wściek"),
        *("kpina", "oszust", "oszuk", "nigdy więcej", "strata czasu", "prawnik", "do sądu", "rozczarowan", "wstyd"),
    ),
    "hr": (
        *("nedopustiv", "neprihvatljiv", "sramot", "skandal", "katastrof", "grozn", "užas", "najgor", "bijes", "ljut"),
        *("prevar", "nikad više", "gubitak vremena", "odvjetni", "na sud", "razočara", "bezobraz"),
    ),
}


class After(Section):
    """What follows when a ticket is solved. ``summary``: the customer is told what was done; ``ask``: they are asked whether it is solved;
    ``satisfaction``: whoever says yes is asked how satisfied they are. ``angry``: words per language by which an answer counts as
    dissatisfied whatever its score, matched as a category's are; a language that is given replaces the built-in words of it."""

    summary: bool = True
    ask: bool = True
    satisfaction: bool = True
    angry: Words = Field(default_factory=dict)

    def angry_words(self) -> list[str]:
        """The words of all languages."""
        return [word for words in (_ANGRY | self.angry).values() for word in words]
