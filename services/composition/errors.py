"""Which errors are the operator's to mend: those are shown as their one line, without a traceback."""

from services.intake.errors import IntakeError
from services.router.configuration import NoConfiguration
from services.store.errors import StoreError
from shared.bus.errors import BusError
from shared.secrets import SecretsError
from shared.settings.errors import ConfigError


class CannotStart(Exception):
    """Something outside is in the way; the text is one line that says what to do."""


EXPECTED: tuple[type[Exception], ...] = (
    BusError,
    CannotStart,
    ConfigError,
    IntakeError,
    NoConfiguration,
    SecretsError,
    StoreError,
)
