"""What intake's pages are made of: templates, styles and scripts, all of them ours and from here."""
