"""What chance may have done to scores: bootstrap intervals, and permutation tests of two runs."""
