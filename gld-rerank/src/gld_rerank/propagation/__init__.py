"""Graph feature propagation: the FAC/GCN of the 2nd place solution of 2021, nearest first."""
