"""From a request to the person who asks: the only makers of principals."""
