"""What each operation of a changeset means in rows.

`checking.check` finds what can never be written; `applying.apply` adds the rows of a changeset that will be. In between the
tickets' numbers were given.
"""
