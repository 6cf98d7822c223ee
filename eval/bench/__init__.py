"""Speed and size of the product, measured in one run: `python -m eval.bench [FOLDER]`."""
