from __future__ import annotations

import subprocess
import sys

import accord

NAMES = [
    "BadInputError",
    "ColourMap",
    "Explanation",
    "Guard",
    "GuardError",
    "GuardWarning",
    "HarmonizeError",
    "Inspection",
    "MethodCard",
    "MissingExtraError",
    "Result",
    "Scene",
    "Signals",
    "UnknownMethodError",
    "WeightsError",
    "__version__",
    "compose",
    "harmonize",
    "harmonize_set",
    "inspect",
    "list_methods",
]

# What would make the first import slow.
HEAVY = ["numpy", "torch", "onnxruntime", "PIL", "OpenImageIO", "cv2", "scipy", "pymatting"]


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(*(name for name in {[*HEAVY, 'click', 'accord.core']} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def test_public_names_are_these():
    assert sorted(accord.__all__) == sorted(NAMES)
    assert dir(accord) == accord.__all__
    for name in NAMES:
        assert getattr(accord, name) is not None


def test_import_loads_nothing_heavy():
    assert loaded_after("import accord") == set()


def test_help_loads_nothing_heavy():
    code = "from accord.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    assert loaded_after(code) <= {"click"}


def test_listing_methods_loads_no_runtime_and_no_framework():
    loaded = loaded_after("import accord; accord.list_methods()")
    assert not loaded & {"torch", "onnxruntime", "PIL", "OpenImageIO", "cv2", "scipy"}


def test_harmonizing_an_array_with_a_classical_method_loads_no_runtime_and_no_framework():
    code = (
        "import accord, numpy as np; m = np.eye(8, dtype=bool); "
        "accord.harmonize(np.zeros((8, 8, 3), np.uint8), m, method='mkl')"
    )
    assert not loaded_after(code) & {"torch", "onnxruntime"}
