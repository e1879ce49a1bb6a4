"""Image files, wherever they are stored, to pixels."""
