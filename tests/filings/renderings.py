"""The renderings of the corpus: the document that each was made from, and its make."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.filings.corpus import CORPUS

CONVERTERS: Final = ("markdownify", "html2text", "w3m")


@dataclass(frozen=True, slots=True)
class Rendering:
    """A file that shows a filing: its folder in the corpus, the document as filed, and the words for its make.

    `make` holds `page` or `text`, `viewer` or `reduced` for the page, the converter of a text, and `links` where the
    addresses of links are kept.
    """

    path: Path
    folder: str
    filed: Path
    make: frozenset[str]

    @property
    def name(self) -> str:
        """Return the path within the corpus."""
        return f"{self.folder}/{self.path.name}"


def renderings() -> list[Rendering]:
    """Return each file of the corpus whose document is there too, by folder and name; none without a corpus."""
    return [*_pages(), *_converted(), *_seedlike()]


def chosen(wanted: Iterable[str]) -> list[Rendering]:
    """Return the renderings whose folder or part of a name is `wanted`; all if nothing is."""
    asked = [text.rstrip("/") for text in wanted]
    found = renderings()
    folders = {one.folder for one in found}
    if not asked:
        return found
    return [
        one for one in found if one.folder in asked or any(part in one.name for part in asked if part not in folders)
    ]


def _pages() -> list[Rendering]:
    found = []
    for folder, make in (("html", {"viewer", "links"}), ("html_rendered", {"reduced"})):
        for path in sorted((CORPUS / folder).glob("*.html")):
            filed = _filed(f"{folder}/{path.name}")
            if filed is not None:
                found.append(Rendering(path, folder, filed, frozenset({"page", *make})))
    return found


def _converted() -> list[Rendering]:
    pages = {page.path.stem: page for page in _pages()}
    found = []
    for converter in CONVERTERS:
        folder = f"text/{converter}"
        for path in sorted((CORPUS / folder).iterdir()) if (CORPUS / folder).is_dir() else ():
            page = pages.get(path.stem)
            if page is not None:
                kept = page.make - ({"page", "links"} if converter == "w3m" else {"page"})
                make = kept | {"text", converter}
                found.append(Rendering(path, folder, page.filed, make))
    return found


def _seedlike() -> list[Rendering]:
    folder = "text/seedlike"
    listing = CORPUS / folder / "pairs.tsv"
    if not listing.exists():
        return []
    with listing.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    make = frozenset({"text", "seedlike"})
    return [Rendering(CORPUS / folder / row["document"], folder, CORPUS / row["from"], make) for row in rows]


def _filed(name: str) -> Path | None:
    """Return the XML or submission that a page of this name shows, by the page's name or the manifest's pairs."""
    stem = Path(name).stem
    for path in (CORPUS / "xml" / f"{stem}.xml", CORPUS / "txt" / f"{stem}.txt"):
        if path.exists():
            return path
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["path"] == name and row["pair_of"]:
                return CORPUS / row["pair_of"].split(";")[0]
    return None
