"""Channel `api`: any other system hands in messages over HTTP."""
