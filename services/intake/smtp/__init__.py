"""Mail by SMTP (RFC 5321): the listener, its sessions, and what they are allowed to do."""
