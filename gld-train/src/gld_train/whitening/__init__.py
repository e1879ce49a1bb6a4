"""Whitening: learned from the vectors of a store, folded into the network that made them."""

from gld_train.whitening.checkpoints import model_of, save_whitened
from gld_train.whitening.learn import Whitening, learn_lda, learn_pca

__all__ = ["Whitening", "learn_lda", "learn_pca", "model_of", "save_whitened"]
