"""Language models that write answers: behind one protocol, whoever makes them."""
