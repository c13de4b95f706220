"""The Section 16 domain: its vocabulary, identities, calendar, and the headers and text of submissions."""
