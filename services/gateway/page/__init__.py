"""The gateway's pages: HTML made on the server from view objects, with charts as SVG and one small script."""
