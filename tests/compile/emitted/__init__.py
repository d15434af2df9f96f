"""Small functions whose compiled derivatives are kept as text, by what they have in common."""
