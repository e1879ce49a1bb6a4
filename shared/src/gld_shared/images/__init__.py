"""From image files, wherever they are, to pixels."""
