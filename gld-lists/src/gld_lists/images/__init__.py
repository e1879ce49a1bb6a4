"""What looks at the images of a list: checks, copies, resizing."""
