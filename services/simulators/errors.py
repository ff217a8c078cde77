"""What goes wrong in a simulator itself. What a provider would answer is in each simulator's own ``answers``."""


class SimulatorError(Exception):
    """Base of what the simulators raise at whoever drives them."""


class NotRunning(SimulatorError):
    """Asked to do what needs the web server, before `start` or after `stop`."""


class NotSettled(SimulatorError):
    """What was waited for didn't happen in time."""


class Overfull(SimulatorError):
    """More is waiting than a simulator keeps in memory."""


class WrongScript(SimulatorError):
    """A test lets a customer do what no customer can: press a button that isn't there, edit another's message."""
