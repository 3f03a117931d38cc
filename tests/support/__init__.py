"""What the tests share: reading LaTeX, mutants of an answer, a page with a live widget."""
