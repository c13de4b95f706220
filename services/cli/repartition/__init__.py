"""Copying all topics into a new namespace with another number of partitions."""
