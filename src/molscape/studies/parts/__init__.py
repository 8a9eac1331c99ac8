"""What several kinds of studies use: references, mappings, models, fits and runs."""
