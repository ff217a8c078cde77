"""The customer ticket tracking register and one ticket as documents: what stands in them, and the files they are written to.

Pure, but for writing the file that is asked for: where the tickets come from, and who may have them, is decided by who calls.
"""
