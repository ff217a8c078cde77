"""SPF: may this peer send for the domain of MAIL FROM (RFC 7208)? By pyspf, with our own bounded questions to DNS."""

from typing import Any, cast

import spf
import structlog

from services.intake.authentication.domains import fold
from services.intake.authentication.resolver import Absurd, Questions, Unanswered
from services.intake.limits import source
from shared.messages.parts import Verdict

log = structlog.get_logger(__name__)

_VERDICTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")


class _Query(spf.query):  # type: ignore[misc]
    """pyspf's evaluation. Its way to DNS is replaced: that asks the machine's nameservers, each question for up to 20 seconds."""

    def __init__(self, questions: Questions, **what: str) -> None:
        super().__init__(**what, strict=True)
        self._questions = questions

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        """The records, in pyspf's shapes. Names without records are counted (RFC 7208 4.6.4)."""
        try:
            found = [_shape(each, qtype) for each in self._questions.records(str(name), qtype)]
        except Unanswered as error:
            raise spf.TempError(str(error)) from error
        except Absurd as error:
            raise spf.PermError(str(error)) from error
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names without records")
        return found

    def get_explanation(self, spec: str) -> None:
        """Nobody reads the explanation that a domain offers: it is not asked for."""


def _shape(record: Any, kind: str) -> Any:
    if kind in ("A", "AAAA"):
        return record.address
    if kind == "MX":
        return (record.preference, record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return record.target.to_text(omit_final_dot=True)
    return record.strings


def check_sender(peer: str, envelope_from: str, helo: str, questions: Questions) -> tuple[Verdict, str, str]:
    """The verdict, the domain it is about, and a reason worth showing. An empty MAIL FROM stands for the HELO name (RFC 7208 2.4)."""
    address = source(peer)
    local, at, domain = envelope_from.rpartition("@")
    domain = fold(domain if at else helo)
    if address is None or not domain or "." not in domain:
        return "none", domain, ""
    # pyspf takes the first @ for the one before the domain; what stands before the last is only for macros.
    sender = f"{local.replace('@', '=') or 'postmaster'}@{domain}"
    try:
        query = _Query(questions, i=str(address), s=sender, h=fold(helo) or domain)
        verdict, _, why = query.check()
    except Exception as error:  # noqa: BLE001 - a policy that pyspf stumbles over proves nothing, and stops nothing
        log.warning("SPF could not be evaluated", domain=domain, error=repr(error)[:300])
        return "permerror", domain, f"SPF: {type(error).__name__}"
    if verdict not in _VERDICTS:
        return "permerror", domain, f"SPF: {verdict}"
    note = f"SPF: {str(why).rpartition(': ')[2][:200]}" if verdict in ("temperror", "permerror") else ""
    return cast(Verdict, verdict), domain, note
