"""The composition roots: one process with everything (`up`), one with some rooms (`run`), and the commands beside them."""
