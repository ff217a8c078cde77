"""`trunkline export`: the customer ticket tracking register as a file. What stands in it is the store's; how it is worded, and that a
spreadsheet program takes none of it for a formula, is decided here."""
