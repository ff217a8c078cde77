"""`trunkline demo`: an instance of its own with the providers' stand-ins, and customers who write on every channel.

No room and no other command imports this; it uses what customers and agents use: the channels, the REST API, the command line's queries.
"""
