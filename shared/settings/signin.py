"""``[signin]``: how long agents stay signed in to the desk."""

from datetime import timedelta

from pydantic import model_validator

from shared.settings.base import Section
from shared.settings.quantities import Duration


class SignIn(Section):
    """``idle``: whoever has done nothing in the desk for so long signs in anew; ``longest``: so does everybody after this time, whatever
    they did."""

    idle: Duration = timedelta(days=2)
    longest: Duration = timedelta(days=30)

    @model_validator(mode="after")
    def _in_order(self) -> "SignIn":
        if not timedelta(minutes=5) <= self.idle <= self.longest:
            raise ValueError("idle must be at least 5m, and no more than longest")
        return self
