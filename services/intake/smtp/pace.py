"""Whether a client that sends content is still at it: neither silent nor only pretending to send."""

from dataclasses import dataclass

SLOWEST = 200
"""Octets per second below which content is no longer waited for."""


@dataclass(slots=True)
class Pace:
    """Times in seconds of the loop's clock; ``octets`` came since ``began``, the latest of them at ``latest``."""

    began: float
    latest: float
    octets: int = 0

    def note(self, now: float, octets: int) -> None:
        """So many octets came now."""
        self.latest = now
        self.octets += octets

    def patience(self, now: float, timeout: float) -> float:
        """Seconds to wait until looking again; 0 when the client was silent for ``timeout``, or is too slow after that time."""
        quiet = now - self.latest
        if quiet >= timeout or self.octets < SLOWEST * (now - self.began - timeout):
            return 0.0
        return max(timeout - quiet, 0.1)
