"""A miniature GLDv2 of procedurally drawn landmarks, in the official layout and file formats."""

from gld_lists.synthetic.dataset import write_synthetic

__all__ = ["write_synthetic"]
