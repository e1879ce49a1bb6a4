"""From the rows of a list to batches of augmented images."""
