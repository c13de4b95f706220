"""The services of insidertape: watcher, parser, holdings, the runtime they share and the command line."""
