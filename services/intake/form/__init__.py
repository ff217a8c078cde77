"""The web form: a page per inbox, which other sites can show as a part of theirs."""
