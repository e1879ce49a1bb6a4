"""Diffusion on the graph of mutual neighbours.

Iscen et al., Efficient Diffusion on Region Manifolds (CVPR 2017).
"""
