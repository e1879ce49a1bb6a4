"""The report: one HTML file with scores, curves, queries and their results, and provenance."""
