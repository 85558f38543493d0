"""How long things take on this machine, printed side by side; nothing here is a test."""
