"""The composition roots: one process with everything (`up`), one with some rooms (`run`), and the commands beside them."""

import shared.bus  # noqa: F401  # first of all: it decides what the bus client may bring along
