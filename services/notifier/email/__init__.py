"""The channel email: composing mails, and handing them to SMTP relays or into a Maildir."""
