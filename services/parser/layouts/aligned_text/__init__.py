"""Text laid out in space: drawn boxes, and columns parted by blanks alone."""
