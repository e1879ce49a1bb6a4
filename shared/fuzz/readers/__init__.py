"""The readers that are fuzzed: clean files, commands, and the mutations that suit them."""
