"""Imports of workbooks."""
