from molscape.fit.methods import method_of


def test_the_block_iterates_as_long_as_it_says(task, error):
    block = method_of("newton").model_validate({"kind": "newton", "iterations": 2})
    found = block.fit(task)
    assert error(found) < 0.1
    assert found.method == block.name
    assert len(found.history) <= 2
    assert found.settings["scale"] == 1.0
    assert task.folder.exists()
