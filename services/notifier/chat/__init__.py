"""Answers to customers in a live chat."""
