"""Mail fetched from mailboxes by IMAP: one reader per mailbox among all intakes, each mailbox on its own."""
