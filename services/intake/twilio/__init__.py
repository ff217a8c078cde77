"""Twilio into Trunkline: SMS and MMS, WhatsApp, Messenger."""
