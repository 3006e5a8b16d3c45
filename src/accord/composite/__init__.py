"""Layers over one another: Porter-Duff, edges, placement, and scenes that remember their layers."""
