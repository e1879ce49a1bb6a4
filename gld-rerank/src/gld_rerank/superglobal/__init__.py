"""SuperGlobal's rerank by global features: Shao et al., Global Features are All You Need for Image
Retrieval and Reranking (ICCV 2023).

Each candidate is refined with its nearest candidates; the query is refined to the elementwise
maximum of its best ones. A score is the mean of the similarities to the query and to the refined
query.
"""
