"""The operations page's parts: what each shows (`views`, pure), and how it is shown."""
