"""Verbs of the campaign."""
