"""``[authentication]``: how it is found out who a mail is really from."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, field_validator

from shared.settings.base import Section
from shared.settings.quantities import Duration, Names, split_commas

DNS = 53


class Nameserver(NamedTuple):
    """Where DNS is asked."""

    address: str
    port: int


class Authentication(Section):
    """Checks of SPF, DKIM and DMARC on mail from strangers. ``nameservers`` are addresses, with a port where it isn't 53; none: those of
    the machine. ``timeout`` is for all of a mail's questions together; what isn't known then is ``temperror``."""

    check: bool = True
    nameservers: Annotated[Names, BeforeValidator(split_commas)] = ()
    timeout: Duration = timedelta(seconds=5)

    @field_validator("nameservers")
    @classmethod
    def _addresses(cls, nameservers: tuple[str, ...]) -> tuple[str, ...]:
        for each in nameservers:
            parse_nameserver(each)
        return nameservers

    @field_validator("timeout")
    @classmethod
    def _bounded(cls, timeout: timedelta) -> timedelta:
        if not timedelta(milliseconds=100) <= timeout <= timedelta(seconds=20):
            raise ValueError("every mail of a stranger may wait so long: write something from 100ms to 20s")
        return timeout

    @property
    def asked(self) -> tuple[Nameserver, ...]:
        """The nameservers, taken apart."""
        return tuple(parse_nameserver(each) for each in self.nameservers)


def parse_nameserver(text: str) -> Nameserver:
    """``9.9.9.9``, ``127.0.0.1:5353``, ``2620:fe::fe`` or ``[::1]:5353``. Raises ValueError."""
    host, port = text.strip(), ""
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    try:
        address = ip_address(host)
        number = int(port) if port else DNS
    except ValueError:
        raise ValueError(f'{text!r} is no nameserver; write its address, like "9.9.9.9" or "127.0.0.1:5353"') from None
    if not 0 < number < 65536:
        raise ValueError(f"{text!r} has no port that there is")
    return Nameserver(str(address), number)
