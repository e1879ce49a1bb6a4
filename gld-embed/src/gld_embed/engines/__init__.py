"""How many processes make a store, and who starts them. Each runs ``gld_embed.embed``."""
