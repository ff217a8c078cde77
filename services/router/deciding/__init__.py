"""Decisions: pure functions from a message, the facts and the policy to a changeset. No bus, no clock, no I/O."""
