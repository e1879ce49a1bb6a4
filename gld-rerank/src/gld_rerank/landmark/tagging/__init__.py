"""The references that vote on a query, by similarity fused with the overlap of neighbours.

Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding (CVPR 2017), but only
among a query, its nearest references and their nearest references, as the 2nd place solution of
2021 does.
"""
