"""From rows of a list to pixels: the area of each image, and its decoding."""
