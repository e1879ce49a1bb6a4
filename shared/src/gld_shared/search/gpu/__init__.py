"""The exact search of ``gld_shared.search.topk`` on a GPU: the same bits, computed by torch."""
