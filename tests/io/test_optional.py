import sys

import pytest

import molscape
from molscape.io.optional import load_reader


def test_a_missing_library_is_named_with_the_remedy(monkeypatch, liquid):
    monkeypatch.setitem(sys.modules, "MDAnalysis", None)
    for module in [name for name in sys.modules if name.startswith("MDAnalysis.")]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"TPR files are read with MDAnalysis.*molscape\[readers"):
        molscape.open(liquid("tpr"), liquid("xtc"))
    with pytest.raises(ImportError, match=r"GROMACS XTC files are read with MDAnalysis"):
        molscape.open(liquid("gro"), liquid("xtc"))


def test_a_module_is_returned():
    assert load_reader("json.decoder", "files").__name__ == "json.decoder"
