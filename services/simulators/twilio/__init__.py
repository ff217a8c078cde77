"""Twilio's REST API for messages, calls and recordings, and the webhooks and callbacks it makes.
https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/voice/api/call-resource"""
