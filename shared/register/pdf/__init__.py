"""PDF documents written page by page, so that memory does not grow with them: a font, a file, and what stands on paper."""
