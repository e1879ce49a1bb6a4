"""Kinds of local features: how keypoints are detected in an image, and matched between two."""
