"""The types that every room speaks; import them from their modules."""
