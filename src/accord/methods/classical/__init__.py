"""Methods that need no training: one file each, with its paper and its card."""
