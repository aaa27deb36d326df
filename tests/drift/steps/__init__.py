"""Steps of the random sequences: each gives SQL that changes nothing in the end."""
