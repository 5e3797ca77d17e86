"""The story (`steps.py`, read this first), its scheduling, and the command line."""
