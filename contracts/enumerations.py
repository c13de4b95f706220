"""The enumerations of the wire: values that the schemas list."""

from typing import Literal

FormType = Literal["3", "3/A", "4", "4/A", "5", "5/A"]
"""3 first holdings, 4 changes, 5 annual; `/A` marks an amendment."""

LineFormType = Literal["3", "4", "5"]
"""The form that a single line belongs on: 5 on a Form 4 is a line that was reported early, voluntarily."""

Table = Literal["non_derivative", "derivative"]
Ownership = Literal["D", "I"]
"""Direct or indirect."""

AcquiredDisposed = Literal["A", "D"]
"""Acquired or disposed: a gift disposes, a grant acquires."""

TransactionCode = Literal[
    "P", "S", "V", "A", "D", "F", "I", "M", "C", "E", "H", "O", "X", "G", "L", "W", "Z", "J", "K", "U"
]
"""The transaction codes of the forms' instructions. A filing may have others by mistake; events carry them as filed."""

Timeliness = Literal["E", "L"]
"""Early or late."""

SourceFormat = Literal["xml", "html", "text"]
