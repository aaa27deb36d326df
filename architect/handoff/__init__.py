"""What is handed out of a finished build, and taken back: keys, and in the end the environment itself."""
