"""The words of the screens and the exports in English and Bahasa Malaysia; what a guideline prints is never among them."""
