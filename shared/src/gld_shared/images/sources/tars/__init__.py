"""Tar archives as sources of images, on a disk or behind a URL, with one index of all members."""
