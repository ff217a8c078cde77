"""Intake: turns what a channel gives it into one `Inbound` on the bus. Decides nothing about tickets, opens no database."""
