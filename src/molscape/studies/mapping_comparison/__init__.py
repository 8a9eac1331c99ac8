"""Comparisons of mappings: what each keeps of the atoms."""
