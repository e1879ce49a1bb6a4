"""Models: networks with their weights, image settings and provenance."""
