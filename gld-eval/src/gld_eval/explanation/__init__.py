"""The rules by which definitions of average precision differ, and what each changes in a run."""
