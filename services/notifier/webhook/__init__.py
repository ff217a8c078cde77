"""Events out: other systems that are told by HTTP of what happens."""
