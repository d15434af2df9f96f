"""`python -m symdiff.inventory`: what can be differentiated."""

from .count import main

if __name__ == "__main__":
    main()
