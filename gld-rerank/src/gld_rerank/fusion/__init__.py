"""Several rankings of the same images fused into one."""
