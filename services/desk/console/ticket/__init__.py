"""The ticket page of the console, in parts: what is read, what is shown, what can be done."""
