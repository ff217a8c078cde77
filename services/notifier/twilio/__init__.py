"""Trunkline to Twilio: SMS and MMS, WhatsApp, Messenger."""
