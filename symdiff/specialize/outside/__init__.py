"""What lies outside the function: how it is read again, written at the end, or kept.

Here belongs what a program must check or do at every call. What only computes does not. Open
`reads.py` first.
"""
