"""`trunkline erase`, `takeout` and `retention`: what is known of a person, handed over or forgotten."""
