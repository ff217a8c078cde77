"""What the single verdicts mean together: is the domain in From the one that sent or signed this? Pure."""

from dataclasses import dataclass

from services.intake.authentication.domains import aligned, fold
from services.intake.authentication.octets import Octets
from services.intake.authentication.policy import Policy
from shared.mail.addresses import read_addresses
from shared.messages.parts import Authentication, Verdict

TRUNKLINE = "trunkline"
# What a message's one verdict on DKIM is, where its signatures have several.
_ORDER: tuple[Verdict, ...] = ("pass", "temperror", "neutral", "fail", "permerror")


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature: its verdict, the domain that signed, and why it did not pass."""

    verdict: Verdict
    domain: str
    why: str = ""


def author_domain(mail: Octets, sender: str) -> str:
    """The domain of From as it stands in ``sender``, the address that was read from the mail; empty unless there is one From and all
    addresses in it are of that domain: two readers might see two authors (RFC 7489 6.6.1)."""
    fields = mail.all(b"from")
    _, at, domain = sender.rpartition("@")
    if len(fields) != 1 or not at or not fold(domain):
        return ""
    unfolded = b" ".join(fields[0].split())
    domains = {fold(each.address.rpartition("@")[2]) for each in read_addresses(unfolded)}
    return domain.lower() if domains == {fold(domain)} else ""


def conclude(
    author: str,
    spf: tuple[Verdict, str, str],
    signatures: list[Signature],
    policy: Policy | None,
    *,
    policy_known: bool = True,
) -> Authentication:
    """The whole of it. ``author`` is `author_domain`'s answer, ``spf`` verdict, domain and note. Not ``policy_known``: the domain's
    policy could not be asked for."""
    domain = fold(author)
    verdict, spf_domain, note = spf
    order = sorted(signatures, key=lambda each: (_ORDER.index(each.verdict), not aligned(each.domain, domain)))
    dkim: Verdict = order[0].verdict if order else "none"
    strict = policy or Policy("")
    spf_aligned = verdict == "pass" and aligned(spf_domain, domain, strict=strict.strict_spf)
    passed = [each.domain for each in order if each.verdict == "pass"]
    dkim_aligned = any(aligned(each, domain, strict=strict.strict_dkim) for each in passed)
    notes = [note, *(f"DKIM {each.domain}: {each.why}" for each in order if each.why)]
    return Authentication(
        spf=verdict,
        dkim=dkim,
        dmarc=_dmarc(domain, spf_aligned or dkim_aligned, policy, policy_known, (verdict, *(s.verdict for s in order))),
        domain=author,
        spf_domain=spf_domain,
        dkim_domains=list(dict.fromkeys(passed)),
        spf_aligned=spf_aligned,
        dkim_aligned=dkim_aligned,
        policy=policy.asks if policy else "",
        by=TRUNKLINE,
        note="; ".join(each for each in notes if each)[:500],
    )


def _dmarc(domain: str, proven: bool, policy: Policy | None, known: bool, verdicts: tuple[Verdict, ...]) -> Verdict:
    if not domain:
        return "permerror"
    if not known:
        return "temperror"
    if policy is None:
        return "none"
    if proven:
        return "pass"
    return "temperror" if "temperror" in verdicts else "fail"


def unknown(note: str) -> Authentication:
    """Nothing could be found out in time."""
    return Authentication(spf="temperror", dkim="temperror", dmarc="temperror", by=TRUNKLINE, note=note[:500])
