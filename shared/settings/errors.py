"""What is wrong with a configuration, said so that it can be mended: one line per fault."""

from collections.abc import Iterable


class ConfigError(Exception):
    """The configuration can't be used.

    ``lines`` holds one line per fault: ``FILE:LINE: KEY: what to do`` for what stands in the file,
    ``VARIABLE: KEY: what to do`` for what comes from the environment. No line shows a secret's value.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: list[str] = list(lines)
        super().__init__("\n".join(self.lines))
