"""`trunkline train`: fit the local classifier on past tickets, measure it on what it has not seen, and put it to use.

Runs in the command's own process, with scikit-learn; predicting (`shared.learning`) needs neither.
"""
