"""Forgetting a person, and old tickets: in the database, on the streams, and in the object store; in pieces, so that nobody waits long
and an interruption loses nothing. Who is to be forgotten is decided by the router; this carries it out."""
