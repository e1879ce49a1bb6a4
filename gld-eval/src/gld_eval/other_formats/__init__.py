"""Rankings, predictions and truth as other programs write them: TREC's files, and Kaggle's CSV."""
