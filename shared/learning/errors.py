"""What can be wrong with a model."""


class BadModel(Exception):
    """The bytes are no model that this code can use; the text says why."""
