"""The results: a table of readers, and findings as small files."""
