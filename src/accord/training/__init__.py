"""Training of networks (extra `train`): PyTorch with Lightning Fabric."""
