"""Landmark and country aware reranking, as in the 2nd place solution of 2021."""
