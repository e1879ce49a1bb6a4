"""Explore-exploit graph traversal.

Chang et al., Explore-Exploit Graph Traversal for Image Retrieval (CVPR 2019).
"""
