"""A second process that reads ordinary mails and writes their messages while many come at once; a lone one never waits for it."""
