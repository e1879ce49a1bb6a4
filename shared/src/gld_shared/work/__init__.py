"""Units of work that any number of processes share, over nothing but a folder."""
