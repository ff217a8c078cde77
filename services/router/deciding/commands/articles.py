"""Deciding about what readers say of an article: counted, and nothing else."""

import re
from typing import Any, Final

from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.articles import ArticleVote, CountVote

_NAME: Final = re.compile(r"[A-Za-z0-9._:@-]{1,120}")


def vote(do: Doing, want: ArticleVote) -> dict[str, Any]:
    """Count it. Whether there is such an article sees whoever asks, before; votes for none are seen nowhere."""
    if not _NAME.fullmatch(want.article):
        raise Refused("invalid", "article: at most 120 letters, digits and . _ : @ -")
    do.draft.operations.append(CountVote(article=want.article, helped=want.helped))
    return {"article": want.article}
