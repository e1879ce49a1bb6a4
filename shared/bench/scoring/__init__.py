"""From neighbours and truth to scores, measured."""
