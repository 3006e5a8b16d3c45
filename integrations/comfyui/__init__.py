"""accord's nodes for ComfyUI: composites whose foreground takes the light of its background."""

try:
    import accord  # noqa: F401 (only looks whether it is there)
except ImportError as error:
    raise ImportError(
        "accord's nodes need the Python package accord in ComfyUI's own Python. Install it with that Python: "
        "python -m pip install PATH/TO/accord (in the portable build: python_embeded\\python.exe -m pip install ...)."
    ) from error

from .nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
