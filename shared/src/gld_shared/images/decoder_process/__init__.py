"""Decoding in a process of its own, which a decoder in C may crash without harm to a command."""
