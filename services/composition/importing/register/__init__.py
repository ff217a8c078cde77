"""`trunkline import` of an old register: a CSV file or an Excel workbook, a line of which becomes a ticket each."""
