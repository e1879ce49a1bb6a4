"""Fetching the official files of Google Landmarks v2, verified, over connections that break."""
