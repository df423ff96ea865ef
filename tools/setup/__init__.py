"""What `make setup` does: tools, environments, models, replica. Standard library only."""
