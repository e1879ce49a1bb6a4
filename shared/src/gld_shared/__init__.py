"""The library that all gld commands share."""
