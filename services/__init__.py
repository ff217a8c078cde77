"""The rooms of Trunkline and the command that composes them."""

__version__ = "0.1.0"
