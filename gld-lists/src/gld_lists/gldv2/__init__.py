"""Google Landmarks v2: lists from the official metadata, and Kaggle's formats."""
