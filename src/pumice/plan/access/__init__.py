"""Access paths: the ways to the rows of one stored table, and the choice among them."""
