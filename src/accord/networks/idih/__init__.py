"""iDIH: harmonization as image translation, with or without a semantic backbone.

Sofiiuk, Popenova, Konushin, "Foreground-aware Semantic Representations for Image Harmonization", WACV 2021.

The names follow the authors' configurations: `dih` (plain), `improved_dih`, `improved_sedih` (masked
squeeze-excitation), `ssam`, `improved_ssam` (iSSAM), `iseunetv1`, and those with HRNet-18 small, HRNet-18, HRNet-32
(`_v2p`: with a feature pyramid) or DeepLabV3+ ResNet-34 in front; then the size that each was trained at. The U-Nets
are one and the same at 256 and 512.
"""

from __future__ import annotations

from accord.networks.facts import NetworkFacts

_BASES = {
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

FACTS = {
    f"{base}{size}": NetworkFacts(
        name=f"{base}{size}",
        title=f"{title}, trained at {size} pixels",
        source="Sofiiuk, Popenova, Konushin, WACV 2021",
        repository="SamsungLabs/image_harmonization",
        weights_licence="MPL-2.0",
        fit_size=size,
    )
    for base, title in _BASES.items()
    for size in (256, 512)
}
