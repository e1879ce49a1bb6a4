"""Where images come from: a folder, tar archives, or either of them behind a URL."""

from gld_embed.sources.opening import open_source
from gld_embed.sources.source import Source, SourceError

__all__ = ["Source", "SourceError", "open_source"]
