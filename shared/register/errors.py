"""What can be wrong with a register that is to be written or read, as types."""


class TooMuch(Exception):
    """A format, or a bound of ours, cannot hold that much; the text is for whoever asked."""


class NoSuchFormat(Exception):
    """The register cannot be written like that; the text names the formats there are."""
