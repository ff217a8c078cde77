"""The list of tickets: its views, its rows, and what is done with many at once."""
