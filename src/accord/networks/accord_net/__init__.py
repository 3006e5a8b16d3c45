"""accord's own network (needs PyTorch, extra `train`): `model.AccordNet`, on the trunk in `encoder`."""
