"""Every check of the project in one list: who owns it, what it protects, when it last failed.

Here: checks as they are declared, what builds found, and the list. Not here: checking itself, which
each check does in its own place.
"""
