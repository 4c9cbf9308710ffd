"""What the web doors share: page pictures, static files, and the guard that opens only what a screen uses."""

from cpgassist.apps.web.guard import GRADIO_PATHS, Guard, Screen
from cpgassist.apps.web.pages import add_page_images
from cpgassist.apps.web.screens import add_base_style, mount

__all__ = ["GRADIO_PATHS", "Guard", "Screen", "add_base_style", "add_page_images", "mount"]
