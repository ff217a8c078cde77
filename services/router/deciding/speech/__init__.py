"""What an agent wrote, turned into what is to be done: each command of `shared.speech` becomes an action that is decided like any other.

All of it is understood before anything is done: whom a name means, until when "monday" is, whether the agent may. One mistake, and
nothing is done or sent; every mistake is told, with what is possible, in the agent's language. Doing it is the router's service's
(`services.router.saying`).
"""

from services.router.deciding.speech.planning import needs, plan, status_needs
from services.router.deciding.speech.telling import status
from services.router.deciding.speech.understanding import Misspoken, Step, Wrong

__all__ = ["Misspoken", "Step", "Wrong", "needs", "plan", "status", "status_needs"]
