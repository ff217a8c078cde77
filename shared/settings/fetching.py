"""``[fetch]``: which networks may be asked although they are not public."""

from shared.settings.base import Section
from shared.settings.quantities import Network


class Fetch(Section):
    """``allow``: networks that media may be fetched from although they are not public, such as ``10.0.0.0/8`` where a provider's stand-in
    is. What a customer or a provider names is never fetched from any other address of the inner network."""

    allow: tuple[Network, ...] = ()
