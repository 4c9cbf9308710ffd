"""Whether a text prints a dose, told by its unit: a glance for what needs no reading."""

import re

DOSE = re.compile(
    r"\d\s?(?:mg|mcg|[µμu]g|g|ml|units?|iu|tablets?|doses?|capsules?|cc|meq|mmol|drops|puffs|vials?)\b|single[- ]dose",
    re.IGNORECASE,
)
"""A number with a unit that medicines are given in."""
