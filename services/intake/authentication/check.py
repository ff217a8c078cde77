"""The whole check of one mail. Blocking, for a thread; total: whatever the mail or DNS says, the answer is a verdict."""

import time

import dns.resolver

from services.intake.authentication.domains import fold
from services.intake.authentication.octets import split
from services.intake.authentication.policy import Policy, find_policy
from services.intake.authentication.resolver import Absurd, Questions, Unanswered
from services.intake.authentication.sender_policy import check_sender
from services.intake.authentication.signatures import check_signatures
from services.intake.authentication.verdicts import author_domain, conclude
from shared.messages.authentication import AuthenticateRequest
from shared.messages.parts import Authentication, Verdict


def authenticate(
    request: AuthenticateRequest, raw: bytes, resolver: dns.resolver.Resolver, seconds: float
) -> Authentication:
    """The verdict on the mail ``raw``, after at most ``seconds``: what isn't known by then is ``temperror``."""
    questions = Questions(resolver, time.monotonic() + seconds)
    mail = split(raw)
    author = author_domain(mail, request.sender)
    # The policy first: it decides most, and its name server is often the one that knows the rest.
    policy, known, why = _policy(fold(author), questions)
    spf: tuple[Verdict, str, str] = ("none", "", "")
    if request.peer:
        spf = check_sender(request.peer, request.envelope_from or "", request.helo, questions)
    signatures = check_signatures(mail, fold(author), request.received_at, questions)
    found = conclude(author, spf, signatures, policy, policy_known=known)
    return found.model_copy(update={"note": "; ".join(each for each in (why, found.note) if each)[:500]})


def _policy(domain: str, questions: Questions) -> tuple[Policy | None, bool, str]:
    """The domain's policy, whether that is known, and why it isn't."""
    if not domain:
        return None, True, ""
    try:
        return find_policy(domain, questions), True, ""
    except Unanswered as error:
        return None, False, f"DMARC: {error}"
    except Absurd as error:
        return None, True, f"DMARC: {error}"
