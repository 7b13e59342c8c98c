"""Pages of firms: what they are, how they stand, what they were asked."""
