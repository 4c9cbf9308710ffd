"""Quantities as guidelines print them: typed, compared by meaning, never converted."""

from cpgassist.quantities.numbers import Quantity, quantities

__all__ = ["Quantity", "quantities"]
