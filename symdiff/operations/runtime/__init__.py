"""What generated code calls as `rt.name`, and the modules that it names.

Here belongs what one Python expression is too long for. What runs while a function is traced does
not. Open `functions.py` first.
"""
