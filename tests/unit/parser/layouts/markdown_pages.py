"""One small invented filing, as converters write its pages."""

from typing import Final

_CAPTIONS: Final = (
    "Title of Security{}(Instr. 3)", "2. Transaction Date (Month/Day/Year)",
    "2A. Deemed Execution Date, if any (Month/Day/Year)", "3. Transaction Code{}(Instr. 8)",
    "4. Securities Acquired (A) or Disposed of (D){}(Instr. 3, 4 and 5)",
    "5. Amount of Securities Beneficially Owned Following Reported Transaction(s){}(Instr. 3 and 4)",
    "6. Ownership Form: Direct (D) or Indirect (I){}(Instr. 4)",
    "7. Nature of Indirect Beneficial Ownership{}(Instr. 4)",
)  # fmt: skip
_SPANS: Final = (1, 1, 1, 2, 3, 1, 1, 1)
_PARTS: Final = ("Code", "V", "Amount", "(A) or (D)", "Price")
_RULE: Final = "| " + " | ".join(["---"] * sum(_SPANS)) + " |"
_SPANNED: Final = "".join(f" {text.format(' ')} {'| ' * span}" for text, span in zip(_CAPTIONS, _SPANS, strict=True))

NESTED: Final = f"""\
|  |  |  |
| --- | --- | --- |
| **FORM 4** | **UNITED STATES SECURITIES AND EXCHANGE COMMISSION  Washington, D.C. 20549** **STATEMENT OF \
CHANGES IN BENEFICIAL OWNERSHIP OF SECURITIES** | |  | | --- | | OMB APPROVAL | | OMB Number: | 3235-0287 | | |

(Print or Type Responses)

|  |  |  |  |
| --- | --- | --- | --- |
| |  |  |  | | --- | --- | --- | | |  | | --- | | 1. Name and Address of Reporting Person [\\*](#*) | | DOE \
JANE | | 2. Issuer Name **and** Ticker or Trading Symbol ACME INC [AC] | 5. Relationship of Reporting Person(s) \
to Issuer (Check all applicable)  |  |  | | --- | --- | | \\_\\_X\\_\\_ Director | \\_\\_\\_\\_\\_ 10% Owner | \
| \\_\\_X\\_\\_ Officer (give title below) | \\_\\_\\_\\_\\_ Other (specify below) | | Chief Cook | | | | |  |  \
|  | | --- | --- | --- | | (Last) | (First) | (Middle) |  C/O ACME INC, 1 ROAD, SUITE 560 | 3. Date of Earliest \
Transaction (Month/Day/Year) 01/23/2025 | | |  | | --- | | (Street) |  SMALLVILLE, MN 55416 | 4. If Amendment, \
Date Original Filed(Month/Day/Year) | 6. Individual or Joint/Group Filing(Check Applicable Line)  \\_X\\_ Form \
filed by One Reporting Person | | |  |  |  | | --- | --- | --- | | (City) | (State) | (Zip) | | **Table I - \
Non-Derivative Securities Acquired** | | | |
| |  |  |  |  |  |  |  |  |  |  |  | {_RULE} | 1.{_SPANNED.strip()} | {" | ".join(_PARTS)} | | Common Stock | \
01/23/2025 |  | S |  | 835 | D | $ 41.5 [(1)](#F1) | 334,646 | I | By Trust | |

Reporting Owners
----------------

|  |  |  |  |  |
| --- | --- | --- | --- | --- |
| **Reporting Owner Name / Address** | **Relationships** | | | |
| Director | 10% Owner | Officer | Other |
| DOE JANE C/O ACME INC 1 ROAD, SUITE 560 SMALLVILLE,\u00a0MN\u00a055416 | X |  | Chief Cook |  |

Signatures
----------

|  |  |  |
| --- | --- | --- |
| /s/ Jane Doe |  | 01/24/2025 |
| [\\*\\*](#**)Signature of Reporting Person | Date |

Explanation of Responses:
-------------------------

|  |  |
| --- | --- |
| **\\*** | If the form is filed by more than one reporting person, *see* Instruction 4(b)(v). |
| **(1)** | An average price. |

Note: File three copies of this Form, one of which must be manually signed.
"""

OPEN: Final = f"""\
**FORM 4**| **UNITED STATES SECURITIES AND EXCHANGE COMMISSION  \n\
Washington, D.C. 20549****STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP OF SECURITIES** | | OMB APPROVAL  \n\
---  \n\
| OMB Number:| 3235-0287| Estimated average burden hours per response...| 0.5  \n\
---|---|---|---|---  \n\
  \n\
(Print or Type Responses)| | 1\\. Name and Address of Reporting Person *  \n\
---  \n\
DOE JANE  \n\
2\\. Issuer Name **and** Ticker or Trading Symbol  \n\
ACME INC [AC] | 5\\. Relationship of Reporting Person(s) to Issuer  \n\
(Check all applicable)| __X__ Director| _____ 10% Owner  \n\
---|---  \n\
__X__ Officer (give title below)| _____ Other (specify below)  \n\
Chief Cook  \n\
| (Last)| (First)| (Middle)  \n\
---|---|---  \n\
C/O ACME INC, 1 ROAD, SUITE 5603\\. Date of Earliest Transaction (Month/Day/Year)  \n\
01/23/2025  \n\
| (Street)  \n\
  \n\
---  \n\
SMALLVILLE, MN 554164\\. If Amendment, Date Original Filed(Month/Day/Year)  \n\
| 6\\. Individual or Joint/Group Filing(Check Applicable Line)  \n\
_X_ Form filed by One Reporting Person  \n\
| (City)| (State)| (Zip)  \n\
---|---|---  \n\
**Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned**  \n\
|  1.{"| ".join(_CAPTIONS).format(*["  " + chr(10)] * 8)}  \n\
---|---|---|---|---|---|---|---  \n\
{"| ".join(_PARTS)}  \n\
Common Stock | 01/23/2025|  | S |  |  835 |  D |  $ 41.5 (1) |  334,646 |  I |  By Trust   \n\
  \n\
Reminder: Report on a separate line for each class of securities beneficially owned directly or indirectly.|   \n\
---|---  \n\
  \n\
## Reporting Owners

**Reporting Owner Name / Address**| **Relationships**  \n\
---|---  \n\
Director|  10% Owner|  Officer|  Other  \n\
DOE JANE  \n\
C/O ACME INC  \n\
1 ROAD, SUITE 560  \n\
SMALLVILLE, MN 55416|  X |  |  Chief Cook |   \n\
  \n\
## Signatures

    \n\
/s/ Jane Doe| |  01/24/2025  \n\
---|---|---  \n\
**Signature of Reporting Person| Date  \n\
  \n\
## Explanation of Responses:

    \n\
*****|  If the form is filed by more than one reporting person, _see_ Instruction 4(b)(v).  \n\
---|---  \n\
**(1)**| An average price.  \n\
  \n\
    \n\
Note: File three copies of this Form, one of which must be manually signed.
"""

_LINKED: Final = "(/cgi-bin/browse-edgar?action=getcompany&CIK={})"

VIEWER_NESTED: Final = f"""\
SEC FORM
4
SEC Form 4

|  |  |  |
| --- | --- | --- |
| FORM 4 | UNITED STATES SECURITIES AND EXCHANGE COMMISSION Washington, D.C. 20549  STATEMENT OF CHANGES IN \
BENEFICIAL OWNERSHIP  Filed | |  | | --- | | OMB APPROVAL | | |  |  | | --- | --- | | OMB Number: | 3235-0287 | \
| |

|  |  |
| --- | --- |
| 1. Name and Address of Reporting Person\\*  |  | | --- | | [DOE JANE]{_LINKED.format("0000912346")} |  ---  | \
 |  |  | | --- | --- | --- | | (Last) | (First) | (Middle) |  |  | | --- | | C/O ACME INC | | 1 ROAD, SUITE 560 \
|  ---  (Street)  |  |  |  | | --- | --- | --- | | SMALLVILLE | MN | 55416 |  ---  |  |  |  | | --- | --- | --- \
| | (City) | (State) | (Zip) | | 2. Issuer Name **and** Ticker or Trading Symbol  [ACME \
INC]{_LINKED.format("0000912345")} [ AC ] | 5. Relationship of Reporting Person(s) to Issuer  (Check all \
applicable)  |  |  |  |  | | --- | --- | --- | --- | | X | Director |  | 10% Owner | | X | Officer (give title \
below) |  | Other (specify below) | | Chief Cook | | | | |
| 3. Date of Earliest Transaction (Month/Day/Year) 01/23/2025 |

| **Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned** | | | | | | | | | | |
{_RULE}
| 1. {_SPANNED.strip()}
| {" | ".join(_PARTS)} |
| Common Stock | 01/23/2025 |  | S |  | 835 | D | $41.5(1) | 334,646 | I | By Trust |

|  |
| --- |
| **Explanation of Responses:** |
| 1. An average price. |

|  |  |  |
| --- | --- | --- |
|  | /s/ Jane Doe | 01/24/2025 |
|  | \\*\\* Signature of Reporting Person | Date |
| Reminder: Report on a separate line for each class of securities beneficially owned directly or indirectly. | | |
"""

VIEWER_OPEN: Final = f"""\
SEC Form 4  FORM 4 |  UNITED STATES SECURITIES AND EXCHANGE COMMISSION  \n\
Washington, D.C. 20549  \n\
  \n\
STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP |  | OMB APPROVAL  \n\
---  \n\
| OMB Number: | 3235-0287  \n\
---|---  \n\
1\\. Name and Address of Reporting Person*| [DOE JANE]{_LINKED.format("0000912346")}  \n\
---  \n\
  \n\
* * *

(Last) | (First) | (Middle)  \n\
---|---|---  \n\
C/O ACME INC  \n\
---  \n\
1 ROAD, SUITE 560  \n\
  \n\
* * *

(Street) SMALLVILLE | MN | 55416  \n\
---|---|---  \n\
  \n\
* * *

(City) | (State) | (Zip)  \n\
---|---|---  \n\
2\\. Issuer Name **and** Ticker or Trading Symbol   \n\
[ACME INC]{_LINKED.format("0000912345")} [ AC ]  |  5\\. Relationship of Reporting Person(s) to Issuer   \n\
(Check all applicable) | X | Director |  | 10% Owner  \n\
---|---|---|---  \n\
X | Officer (give title below) |  | Other (specify below)  \n\
Chief Cook  \n\
3\\. Date of Earliest Transaction (Month/Day/Year)  \n\
01/23/2025  \n\
**Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned**  \n\
---  \n\
1\\. {" | ".join(_CAPTIONS).format(*[" "] * 8)}   \n\
{" | ".join(_PARTS)}  \n\
Common Stock | 01/23/2025 |  | S |  |  835 | D |  $41.5(1) | 334,646 | I | By Trust  \n\
**Explanation of Responses:**  \n\
---  \n\
1\\. An average price.  \n\
| _/s/ Jane Doe_ | _01/24/2025_  \n\
---|---|---  \n\
| ** Signature of Reporting Person | Date  \n\
Reminder: Report on a separate line for each class of securities beneficially owned directly or indirectly.  \n\
"""
