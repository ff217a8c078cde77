"""Calls by Twilio: an agent's telephone rings, and then the customer's."""
