"""The run folder beside the output: its log, its settings, and the states to resume from."""
