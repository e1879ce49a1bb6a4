"""The backbones of the reference recipe, built by surgery on timm's."""
