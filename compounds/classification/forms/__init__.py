"""Forms of classification."""
