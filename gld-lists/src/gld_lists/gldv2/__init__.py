"""Google Landmarks v2: official metadata, and Kaggle's formats, to lists."""
