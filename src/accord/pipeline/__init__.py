"""From a composite and its mask to a harmonized picture: fit small, apply at full size, touch only the foreground."""
