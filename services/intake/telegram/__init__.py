"""Telegram: updates of the Bot API, asked for or pushed, become messages on the bus (https://core.telegram.org/bots/api)."""
