"""Reranking by the overlap of k-reciprocal neighbours.

Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding (CVPR 2017).
"""
