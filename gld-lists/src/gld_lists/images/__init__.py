"""Work on the images of a list: checks, duplicates, resized copies."""
