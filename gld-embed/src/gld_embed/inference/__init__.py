"""From pixels to embeddings: the network, prepared for inference."""
