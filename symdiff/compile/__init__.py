"""Program to callable, by SymPy's `lambdify`."""
