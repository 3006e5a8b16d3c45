"""Photos with masks, and composites of known truth made from them."""
