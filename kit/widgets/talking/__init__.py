"""Talking to the agent in the page."""
