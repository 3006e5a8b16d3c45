"""iDIH: harmonization as image translation, with or without a semantic backbone.

Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021.

The names follow the authors' configurations: `dih` (plain), `improved_dih`, `improved_sedih` (masked
squeeze-excitation), `ssam`, `improved_ssam` (iSSAM), `iseunetv1`, and those with HRNet-18 small, HRNet-18, HRNet-32
(`_v2p`: with a feature pyramid) or DeepLabV3+ ResNet-34 in front; then the size that each was trained at. The U-Nets
are one and the same at 256 and 512.
"""

from __future__ import annotations

from accord.networks.facts import NetworkFacts

_TITLES = {
    "dih": "DIH",
    "improved_dih": "iDIH",
    "improved_sedih": "iDIH with masked squeeze-excitation",
    "ssam": "SSAM U-Net",
    "improved_ssam": "iSSAM U-Net",
    "iseunetv1_": "iSEUNet",
    "hrnet18s_idih": "iDIH with HRNet-18 small",
    "hrnet18s_v2p_idih": "iDIH with HRNet-18 small and a feature pyramid",
    "hrnet18_idih": "iDIH with HRNet-18",
    "hrnet18_v2p_idih": "iDIH with HRNet-18 and a feature pyramid",
    "hrnet32_idih": "iDIH with HRNet-32",
    "hrnet32_v2p_idih": "iDIH with HRNet-32 and a feature pyramid",
    "deeplab_r34_idih": "iDIH with DeepLabV3+ ResNet-34",
}

_PARAMETERS = {
    "dih": (8301507, 16693187),
    "improved_dih": (8301284, 16692964),
    "improved_sedih": (8304468, 16696148),
    "ssam": (9163291, 9163291),
    "improved_ssam": (2185340, 2185340),
    "iseunetv1_": (8583963, 8583963),
    "hrnet18s_idih": (12811093, 21202773),
    "hrnet18s_v2p_idih": (18090581, 28055125),
    "hrnet18_idih": (18512633, 26904313),
    "hrnet18_v2p_idih": (23792121, 33756665),
    "hrnet32_idih": (38497829, 46889509),
    "hrnet32_v2p_idih": (43777317, 53741861),
    "deeplab_r34_idih": (34455813, 42847493),
}

_CHECKPOINTS = {
    "improved_dih256": "idih256.pth",
    "improved_ssam256": "issam256.pth",
    "deeplab_r34_idih256": "deeplab_idih256.pth",
    "hrnet18s_idih256": "hrnet18s_idih256.pth",
    "hrnet18_idih256": "hrnet18_idih256.pth",
    "hrnet32_idih256": "hrnet32_idih256.pth",
}

FACTS = {
    f"{base}{size}": NetworkFacts(
        name=f"{base}{size}",
        title=f"{title}, trained at {size} pixels",
        source="Sofiiuk, Popenova, Konushin, WACV 2021",
        repository="SamsungLabs/image_harmonization",
        weights_licence="MPL-2.0",
        fit_size=size,
        parameters=parameters,
        checkpoint=_CHECKPOINTS.get(f"{base}{size}", ""),
    )
    for base, title in _TITLES.items()
    for size, parameters in zip((256, 512), _PARAMETERS[base], strict=True)
}
