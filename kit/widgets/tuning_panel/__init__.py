"""Turning every setting in the page."""
