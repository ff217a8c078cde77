"""The notifier: renders and sends what the store has queued, after a claim, and reports what became of it."""
