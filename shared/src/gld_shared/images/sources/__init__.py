"""Sources of images: a folder, tar archives, or either of them behind a URL."""

from gld_shared.images.sources.base import Source, SourceError
from gld_shared.images.sources.open import open_source

__all__ = ["Source", "SourceError", "open_source"]
