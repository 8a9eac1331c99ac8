import subprocess
import sys

import pytest

import molscape.analysis


def test_every_name_is_there():
    for name in molscape.analysis.__all__:
        assert getattr(molscape.analysis, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = molscape.analysis.nothing


def test_analysis_needs_neither_jax_nor_mdanalysis():
    code = (
        "import sys, molscape.analysis as a; [getattr(a, n) for n in a.__all__]; "
        "assert not {'jax', 'MDAnalysis'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
