"""Conversations in the page: seen, heard and compared."""
