"""Which errors are the operator's to mend: those are shown as their one line, without a traceback."""


class CannotStart(Exception):
    """Something outside is in the way; the text is one line that says what to do."""


class EndedBadly(Exception):
    """It ran, and ended otherwise than it was asked to; a supervisor is to see that."""


def expected() -> tuple[type[Exception], ...]:
    """The errors that every room raises on purpose. Imported only now: a command that goes well waits for none of them."""
    from services.intake.errors import IntakeError
    from services.router.configuration import NoConfiguration
    from services.store.errors import StoreError
    from shared.bus.errors import BusError
    from shared.secrets import SecretsError
    from shared.settings.errors import ConfigError

    return (BusError, CannotStart, ConfigError, EndedBadly, IntakeError, NoConfiguration, SecretsError, StoreError)
