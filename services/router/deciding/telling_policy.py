"""What the configuration says about telling customers of a ticket's life, and about asking them, prepared for decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from shared.settings.notices import After, Notices
from shared.settings.sections import Company
from shared.settings.settings import Policy as Configured
from shared.settings.words import Words

_BUILT_IN = Company().public_url


@dataclass(frozen=True)
class TellingPolicy:
    """``notices`` and ``after`` as configured. ``first_steps``: by category, then by language. ``public_url`` is what links begin with;
    ``angry`` finds the words of angry people; ``status_links``: customers get links to the pages of their tickets;
    ``offers_articles``: acknowledgements offer articles."""

    notices: Notices = field(default_factory=Notices)
    after: After = field(default_factory=After)
    first_steps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    public_url: str = ""
    follow_up_after: timedelta | None = None
    status_links: bool = True
    offers_articles: bool = True
    angry: Words = field(default_factory=lambda: Words.of([("angry", After().angry_words())]))

    @property
    def is_public(self) -> bool:
        """Whether ``company.public_url`` is more than the built-in address of this machine."""
        return self.public_url not in ("", _BUILT_IN)

    def steps(self, category: str | None, language: str, default: str) -> str:
        """What a customer can try meanwhile, in their language or the default one; empty: nothing."""
        steps = self.first_steps.get(category or "", {})
        return (steps.get(language) or steps.get(default) or "").strip()

    def is_angry(self, words: str) -> bool:
        """Whether somebody who writes this is angry."""
        return bool(words) and bool(self.angry.find(words))


def build(settings: Configured) -> TellingPolicy:
    """What a configuration means."""
    return TellingPolicy(
        notices=settings.notices,
        after=settings.after,
        first_steps={each.name: dict(each.first_steps) for each in settings.category if each.first_steps},
        public_url=settings.company.public_url,
        follow_up_after=settings.tickets.follow_up_after,
        status_links=settings.tickets.status_links,
        offers_articles=settings.knowledge.suggest_in_acknowledgements,
        angry=Words.of([("angry", settings.after.angry_words())]),
    )
