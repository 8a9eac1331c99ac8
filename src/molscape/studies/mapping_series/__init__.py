"""Series of coarse-graining studies that differ in their mapping alone."""
