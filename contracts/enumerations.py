"""The enumerations of the wire: values that the schemas list."""

from typing import Literal

FormType = Literal["3", "3/A", "4", "4/A", "5", "5/A"]

LineFormType = Literal["3", "4", "5"]
"""The form a single line belongs on: a 5 on a Form 4 is a line reported early, of one's own accord."""

Table = Literal["non_derivative", "derivative"]
Ownership = Literal["D", "I"]
AcquiredDisposed = Literal["A", "D"]
Timeliness = Literal["E", "L"]
SourceFormat = Literal["xml", "html", "text"]
