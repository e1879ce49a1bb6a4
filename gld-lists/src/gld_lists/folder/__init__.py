"""Lists of the images in any folder: walking through it, names, landmarks."""
