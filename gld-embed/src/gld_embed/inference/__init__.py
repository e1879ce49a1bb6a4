"""From pixels to embeddings: the network made ready for inference."""
