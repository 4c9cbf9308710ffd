"""Catalogues of guidelines, and how a file that one lists comes into a corpus.

A catalogue holds facts and addresses, never a guideline. Nothing is fetched unless the user asks for an entry by name;
what a site does not give to programs, a person gets in a browser, and the file is recognised from a drop folder.
"""

from cpgassist.catalogue.dropping import DropFolder, look, watch
from cpgassist.catalogue.entries import Catalogue, Entry, open_catalogues, read_catalogue, shipped
from cpgassist.catalogue.fetching import fetch, rules_for
from cpgassist.catalogue.filing import Shelf
from cpgassist.catalogue.fronts import Front, read_front
from cpgassist.catalogue.holdings import Holding, Holdings, holdings
from cpgassist.catalogue.outcomes import Outcome
from cpgassist.catalogue.recognising import Recognition, recognise
from cpgassist.catalogue.sources import Source, read_sources
from cpgassist.catalogue.web import Web

__all__ = [
    "Catalogue",
    "DropFolder",
    "Entry",
    "Front",
    "Holding",
    "Holdings",
    "Outcome",
    "Recognition",
    "Shelf",
    "Source",
    "Web",
    "fetch",
    "holdings",
    "look",
    "open_catalogues",
    "read_catalogue",
    "read_front",
    "read_sources",
    "recognise",
    "rules_for",
    "shipped",
    "watch",
]
