"""Recognition: from neighbours with labels to one landmark for each query."""
