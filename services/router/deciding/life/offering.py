"""The acknowledgement of a new ticket offers articles that may help already: at most three, published for customers, in their language.

An offer is never a message of its own, and there is none for whoever is angry, complains, or has something urgent: they are to hear from a
person, not to be sent to read. The store finds what is alike (`shared.messages.articles.ArticlesAsk`); where it was not asked, or found
nothing, there is no offer. Without a ``company.public_url`` of one's own there is no page that anybody could reach.
"""

from collections.abc import Iterable
from typing import Final

from services.router.deciding import proof, spam
from services.router.deciding.evidence import Evidence
from services.router.deciding.life.living import Living
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.articles import ArticleFact, ArticlesAsk, offer
from shared.messages.facts import FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound, Postscript

TEMPLATE: Final = "articles"
MOST: Final = 3
MOST_BY_SMS: Final = 1
READ: Final = 5_000
"""Characters of a message that articles are compared with."""


def ask(request: FactsRequest, messages: Iterable[tuple[Inbound, Evidence]], policy: Policy) -> FactsRequest:
    """Have the articles found that are like each message which may open a ticket."""
    if policy.telling.offers_articles and policy.telling.is_public:
        request.articles = [
            ArticlesAsk(
                key=derive("ticket", message.source_id),
                subject=message.subject[:500],
                text=(message.reply_text or message.text)[:READ],
            )
            for message, evidence in messages
            if _may_open(message, evidence)
        ]
    return request


def _may_open(message: Inbound, evidence: Evidence) -> bool:
    answers = evidence.by_address or evidence.by_own_id or evidence.by_body or evidence.in_subject
    silent = message.automatic or message.imported or message.silent or message.bounce
    return not (answers or silent)


def tell(living: Living) -> None:
    """Put the offer below the acknowledgement."""
    telling, ticket = living.policy.telling, living.ticket
    found = living.facts.articles.get(living.ticket_id)
    if living.before is not None or not found or not (telling.offers_articles and telling.is_public):
        return
    if ticket.kind == "complaint" or ticket.priority == "urgent" or {spam.TAG, proof.TAG} & set(ticket.tags):
        return
    if telling.is_angry(_said(living)):
        return
    for delivery in living.deliveries():
        outbound = delivery.outbound
        if outbound.kind == "acknowledgement" and (some := _for(outbound, found)):
            variables = offer(some, telling.public_url)
            outbound.postscripts.append(Postscript(template=TEMPLATE, variables=variables))


def _for(outbound: Outbound, found: list[ArticleFact]) -> list[ArticleFact]:
    most = MOST_BY_SMS if outbound.channel == "sms" else MOST
    return [each for each in found if each.language == outbound.language][:most]


def _said(living: Living) -> str:
    problem = living.opening.problem if living.opening is not None else ""
    return f"{living.ticket.subject}\n{problem}"
