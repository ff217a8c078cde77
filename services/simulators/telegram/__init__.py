"""The Telegram Bot API, as https://core.telegram.org/bots/api describes it."""
