"""The Kafka engine, and all that talks to a broker."""
