"""Embedding stores of images, by any network."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_embed.embed import embed as embed

offer(__name__, {"embed": "gld_embed.embed"})
