from accord.transforms.base import ColourMap

__all__ = ["ColourMap"]
