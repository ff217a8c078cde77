"""Telephone calls by Twilio into Trunkline: voicemail, missed calls, how a ticket stands by keypad; and how calls of ours went."""
