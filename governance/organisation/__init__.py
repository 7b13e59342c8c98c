"""Users, areas and posts, and from them what a person may see and do."""
