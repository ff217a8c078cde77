"""`trunkline backup` and `restore`: all of a house in one file, and a house out of it again that sends nothing by itself."""
