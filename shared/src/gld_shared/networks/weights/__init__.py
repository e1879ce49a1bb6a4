"""Published and packaged weights, whatever names their tensors have."""
