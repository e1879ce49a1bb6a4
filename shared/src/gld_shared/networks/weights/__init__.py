"""Loading published and packaged weights, under any naming of their tensors."""
