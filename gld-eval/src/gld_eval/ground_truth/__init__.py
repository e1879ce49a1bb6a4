"""Official ground truth files of other benchmarks, as truth."""
