"""What can harmonize: the card that describes a method, the list of all, and the classical ones."""
