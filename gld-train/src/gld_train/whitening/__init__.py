"""Whitening: learned from the vectors of a store, written into the network that made them."""

from gld_train.whitening.lda import learn_lda
from gld_train.whitening.pca import learn_pca
from gld_train.whitening.whiten import whiten
from gld_train.whitening.whitening import Whitening

__all__ = ["Whitening", "learn_lda", "learn_pca", "whiten"]
