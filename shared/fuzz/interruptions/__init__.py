"""Commands that are killed, damaged, run twice at once or out of space, and then run again."""
