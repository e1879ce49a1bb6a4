"""gld-rerank."""
