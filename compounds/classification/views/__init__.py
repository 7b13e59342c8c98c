"""Views of classification by noun."""
