"""The data between the stages: a straight line of small statements, and what they reach outside.

Here belongs what every stage reads and none owns: values and statements, reads and effects, names,
containers. What makes or changes programs does not. Open `program.py` first.
"""
