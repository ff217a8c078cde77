"""Telegram: what was decided to be said is sent through the Bot API (https://core.telegram.org/bots/api)."""
