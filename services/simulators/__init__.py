"""Stand-ins for the providers, over real HTTP on loopback: for tests and for a demonstration without any account.

They keep to what the providers' public documentation says, and import no client library of theirs: the libraries are what is
tried against them. No service imports a simulator.
"""

from services.simulators.telegram.simulator import TelegramSimulator
from services.simulators.twilio.simulator import TwilioSimulator

__all__ = ["TelegramSimulator", "TwilioSimulator"]
