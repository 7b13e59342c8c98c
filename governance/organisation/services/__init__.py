"""Verbs of this room: accounts, posts, areas."""
