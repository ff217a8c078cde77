"""The contract of the bus: every message that travels on it, as versioned models."""
