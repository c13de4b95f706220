"""Pages in HTML: the SEC viewer's, and those of the reduced-content stylesheets, however they were saved."""
