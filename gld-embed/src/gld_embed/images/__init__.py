"""From rows of a list to the pixels that the network sees."""
