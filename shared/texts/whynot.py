"""Why something was refused, in an agent's language, as the router names it (`Refused.why`): a text of `refusing` with what it is about."""

from typing import Any

from shared.texts.lookup import MissingVariable, UnknownText, text
from shared.texts.register import channel_name


def why_not(why: Any, language: str) -> str:
    """In words; empty where only the decider's own words say so, or another version refused it."""
    if not isinstance(why, dict):
        return ""
    about = {name: str(value) for name, value in why.items() if name != "text"}
    states = [name for name in ("was", "state") if name in about]
    try:
        about |= {name: text(f"register.status.{about[name]}", language) for name in states}
        if "way" in about:
            about["way"] = channel_name(about["way"], language)
        return text(f"refused.{why.get('text')}", language, **about)
    except (UnknownText, MissingVariable):
        return ""
