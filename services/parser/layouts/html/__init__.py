"""Pages in HTML: from the SEC's viewer or the reduced-content stylesheets, however they were saved."""
