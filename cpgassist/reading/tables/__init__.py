"""Tables of a page -> header, rows and cells.

Drawn edges make a grid (`edges`, `grid`); where they are missing, the alignment of words does (`aligned`). Cells become
a table in `found`; what speaks against it makes it unreliable, for a value in the wrong column is worse than no table.
"""

from cpgassist.reading.tables.continuing import continued, row_goes_on
from cpgassist.reading.tables.finding import find_tables
from cpgassist.reading.tables.found import FoundTable, as_table
from cpgassist.reading.tables.trust import doubted, sparse

__all__ = ["FoundTable", "as_table", "continued", "doubted", "find_tables", "row_goes_on", "sparse"]
