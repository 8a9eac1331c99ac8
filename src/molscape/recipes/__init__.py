"""The gallery: one YAML file for each study."""
