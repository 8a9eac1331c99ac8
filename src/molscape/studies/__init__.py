"""Studies: one folder a kind, over blocks of recipes and parts that several kinds use."""
