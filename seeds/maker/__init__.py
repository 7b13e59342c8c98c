"""Makes a district that does not exist, in the likeness of one that does; knows no Django."""
