"""Running services: the port, its two engines, and what every service needs around them."""
