"""Networks that were trained with PyTorch."""
