"""The list of what was wrong with a mail: short stable slugs, each once, in the order they were met."""


class Defects:
    """An ordered set of slugs such as `missing-date`."""

    __slots__ = ("_slugs",)

    def __init__(self) -> None:
        self._slugs: dict[str, None] = {}

    def add(self, slug: str | None) -> None:
        """Note `slug`; None (nothing was wrong) is ignored, so a reader's answer can be handed on as it is."""
        if slug is not None:
            self._slugs[slug] = None

    def slugs(self) -> list[str]:
        return list(self._slugs)
