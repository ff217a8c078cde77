"""Is a message spam? What trusted filters wrote into its header, and what agents taught: a naive Bayes filter over words.

The filter's memory is counts per hashed word in the store; here are only pure functions over them, which see words as everything that
learns does (`shared.learning.words`). A "no" of a filter in a header is never believed (anybody can write it), a "yes" always counts, for
certain only from loopback and trusted relays. The arithmetic follows Graham's "A Plan for Spam" (http://www.paulgraham.com/spam.html):
each word's odds, the most telling ones combined; with equal priors, because tickets far outnumber spam and a rare mistake costs a customer.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice

from services.router.deciding.evidence import Evidence
from services.router.deciding.policy import Policy, SpamPolicy
from shared.learning.words import split
from shared.messages.changeset import LearnSpam
from shared.messages.facts import EXAMPLES, Facts, SampleFact
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason, SpamSign

TAG = "spam?"
LEAST_EXAMPLES = 20
MOST_WORDS = 100
# Answered tickets teach by themselves what is no spam, up to this many for each spam (and at least so many).
HAM_PER_SPAM, HAM_AT_LEAST = 10, 200
TELLING = 50
LEAST_LEANING = 0.05
LEAST_WORDS = 8
SUSPICIOUS, SURE = 0.95, 0.9999
_STRENGTH = 1.0
_MOST_TEXT = 8_000
_MOST_SUBJECT, _MOST_LINKS, _LOOKED_AT_LINKS = 30, 10, 100

_LINK = re.compile(r"(?:https?://|www\.)(?:[^\s/@<>\"]{0,100}@)?([\w.-]{4,253})", re.IGNORECASE)


@dataclass(frozen=True)
class Suspicion:
    """Why a message is taken for spam. ``certain``: a filter that is trusted says so, or our own is sure."""

    reason: Reason
    certain: bool


def suspect(message: Inbound, known: bool, facts: Facts, policy: Policy) -> Suspicion | None:
    """What speaks against a message, or null. ``known``: its sender has been answered before, so that words say nothing of it and a
    verdict is not enough to be certain."""
    signs = by_headers(message, policy.spam)
    if signs is not None:
        return Suspicion(signs.reason, signs.certain and not known)
    return None if known else by_words(message, facts, policy.spam)


# -- what other filters say ---------------------------------------------------------------------------------------------


def by_headers(message: Inbound, policy: SpamPolicy) -> Suspicion | None:
    """What the filters that saw the message before us say against it."""
    if not policy.honour or not message.spam_signs:
        return None
    trusted = trusts(message, policy)
    against = [sign for sign in message.spam_signs if sign.spam or (trusted and _over(sign, policy.threshold))]
    if not against:
        return None
    rule = "spam filter's verdict" if trusted else "spam filter's verdict, by a stranger"
    evidence = "; ".join(dict.fromkeys(map(_shown, against)))[:300]
    return Suspicion(Reason(rule=rule, evidence=evidence, confidence=0.95 if trusted else 0.6), trusted)


def trusts(message: Inbound, policy: SpamPolicy) -> bool:
    """Whether the message came from our own mail server: by loopback (as which a Unix socket counts), or from a trusted relay."""
    if not message.peer:
        return False
    try:
        peer = ip_address(message.peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None) or peer
    return mapped.is_loopback or any(mapped in network for network in policy.trusted.get(message.inbox, ()))


def _over(sign: SpamSign, threshold: float | None) -> bool:
    return threshold is not None and sign.score is not None and sign.score >= threshold


def _shown(sign: SpamSign) -> str:
    figures = "" if sign.score is None else f" {sign.score:g}"
    return f"{sign.header}:{' yes' if sign.spam else ''}{figures}{'' if sign.limit is None else f' of {sign.limit:g}'}"


# -- what agents taught -------------------------------------------------------------------------------------------------


def asked(messages: Iterable[tuple[Inbound, Evidence]], in_use: bool, policy: Policy) -> list[str]:
    """The words whose counts are needed to decide about these messages: of each at most `MOST_WORDS`. While the filter is not ``in_use``
    just how many examples there are."""
    if not policy.spam.learn:
        return []
    words: dict[str, None] = {EXAMPLES: None}
    if in_use:
        for message, evidence in messages:
            if not vouched(evidence):
                words.update(dict.fromkeys(_words_of(message)))
    return list(words)


def vouched(evidence: Evidence) -> bool:
    """Whether a valid signature of ours is in the message: then it is an answer to us and words say nothing."""
    return bool(evidence.by_address or evidence.by_own_id or evidence.by_body or evidence.by_side or evidence.by_agent)


def in_use(facts: Facts) -> bool:
    """Whether there are enough examples of both kinds."""
    return min(facts.words.get(EXAMPLES, (0, 0))) >= LEAST_EXAMPLES


def by_words(message: Inbound, facts: Facts, policy: SpamPolicy) -> Suspicion | None:
    """What the words say against a message, by what agents taught."""
    if not policy.learn or not in_use(facts):
        return None
    shown = _words_of(message)
    leaning = {key: lean for key in shown if abs((lean := _leaning(key, facts)) - 0.5) >= LEAST_LEANING}
    likely, telling = combined(leaning)
    if likely < SUSPICIOUS:
        return None
    against = [shown[key] for key in telling if leaning[key] > 0.5]
    reason = Reason(
        rule="learnt from agents", evidence=f"words like {', '.join(against)}"[:300], confidence=round(likely, 3)
    )
    return Suspicion(reason, likely >= SURE and len(against) >= LEAST_WORDS)


def _leaning(key: str, facts: Facts) -> float:
    """How likely a message with this word is spam, 0 to 1, pulled to the middle the seldomer the word was seen (Robinson's ``f(w)``)."""
    in_spam, in_ham = (max(count, 0) for count in facts.words.get(key, (0, 0)))
    seen = in_spam + in_ham
    if not seen:
        return 0.5
    all_spam, all_ham = facts.words[EXAMPLES]
    share_spam, share_ham = in_spam / all_spam, in_ham / all_ham
    return (_STRENGTH * 0.5 + seen * share_spam / (share_spam + share_ham)) / (_STRENGTH + seen)


def combined(leaning: dict[str, float]) -> tuple[float, list[str]]:
    """How likely spam is by the most telling words, and which these are, those that speak for it first. Words that contradict one another
    end in the middle, however many there are (Fisher's method, as in Robinson's)."""
    telling = sorted(leaning, key=lambda key: (-abs(leaning[key] - 0.5), key))[:TELLING]
    if not telling:
        return 0.5, []
    for_spam = _chi_square(-2 * sum(math.log(1 - leaning[key]) for key in telling), len(telling))
    for_ham = _chi_square(-2 * sum(math.log(leaning[key]) for key in telling), len(telling))
    return (1 - for_spam + for_ham) / 2, sorted(telling, key=lambda key: (-leaning[key], key))


def _chi_square(value: float, pairs: int) -> float:
    """The probability that chi-square with ``2 * pairs`` degrees of freedom is at least ``value``."""
    half = value / 2
    total = term = math.exp(-half)
    for i in range(1, pairs):
        term *= half / i
        total += term
    return min(total, 1.0)


def _words_of(message: Inbound) -> dict[str, str]:
    sender = message.from_.address if message.from_ else ""
    return words(message.subject[:1000], message.text[:_MOST_TEXT], sender)


@lru_cache(512)  # asked for when facts are gathered, and again when the message is decided
def words(subject: str, text: str, sender: str) -> dict[str, str]:
    """The words of a message that the filter looks at: by the key they are kept under, as they are shown to an agent. At most
    `MOST_WORDS`: the sender's domain, domains of links, the subject, then the text from its beginning."""
    found = {f"from {domain}": None for domain in [sender.rpartition("@")[2].lower()] if domain}
    links = (f"link {_domain(match[1])}" for match in _LINK.finditer(f"{subject}\n{text}"))
    found.update(dict.fromkeys(islice(dict.fromkeys(islice(links, _LOOKED_AT_LINKS)), _MOST_LINKS)))
    found.update(dict.fromkeys(islice(split(subject), _MOST_SUBJECT)))
    for word in split(text):
        if len(found) >= MOST_WORDS:
            break
        found[word] = None
    return {hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).hexdigest(): word for word in found}


def _domain(host: str) -> str:
    return ".".join(host.lower().strip(".").split(".")[-3:])


# -- teaching -----------------------------------------------------------------------------------------------------------


def lesson(ticket_id: str, sample: SampleFact | None, spam: bool, policy: Policy) -> list[LearnSpam]:
    """What an agent's word about a ticket teaches; what it taught before, if that was something else, is taken back first."""
    if sample is None or not policy.spam.learn or (sample.learnt is not None and sample.learnt.spam == spam):
        return []
    keys = list(words(sample.subject[:1000], sample.text[:_MOST_TEXT], sample.sender))
    return [*unlearn(ticket_id, sample), LearnSpam(ticket_id=ticket_id, spam=spam, sign=1, words=keys)]


def unlearn(ticket_id: str, sample: SampleFact | None) -> list[LearnSpam]:
    """Take back exactly what a ticket taught."""
    if sample is None or sample.learnt is None:
        return []
    learnt = sample.learnt
    return [LearnSpam(ticket_id=ticket_id, spam=learnt.spam, sign=-1, words=learnt.words)]


def by_answering(ticket_id: str, facts: Facts, policy: Policy) -> Sequence[LearnSpam]:
    """An agent answered or solved a ticket: so its message was no spam, as long as there are not too many examples of that."""
    sample = facts.samples.get(ticket_id)
    spam, ham = facts.words.get(EXAMPLES, (0, 0))
    if sample is None or sample.learnt is not None or ham >= max(HAM_AT_LEAST, HAM_PER_SPAM * spam):
        return ()
    return lesson(ticket_id, sample, False, policy)
