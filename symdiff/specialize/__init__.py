"""AST and concrete inputs to a `Program`: rewrite the function, run it once with tracers."""
