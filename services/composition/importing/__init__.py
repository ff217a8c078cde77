"""`trunkline import`: years of mail from mbox files, Maildirs and folders of .eml files, in silence and with their dates.

Two passes. The first reads headers only and finds out which mails belong together; the second reads each mail as intake would and
hands it in, a thread's oldest first. Whatever was handed in before is recognised by its source id and left alone.
"""
