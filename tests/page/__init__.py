"""The web page: its views in a real browser, and the pages of sources."""
