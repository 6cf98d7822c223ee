"""What people asked and the documents did not say, or said badly: collected, grouped, listed."""
