"""Policies as data, and the strategy each unmanaged compound gets from them, with reasons."""
