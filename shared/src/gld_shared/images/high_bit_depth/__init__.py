"""PNG and TIFF of more than 8 bits a sample: their format, the range of values, decoding."""
