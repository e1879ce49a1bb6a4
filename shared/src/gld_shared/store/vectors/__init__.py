"""The vectors of a store: read in any layout, and the check of their lengths."""
