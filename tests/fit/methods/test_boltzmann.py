from molscape.fit.methods import method_of


def test_the_block_inverts_once(task, error):
    block = method_of("boltzmann")(kind="boltzmann")
    found = block.fit(task)
    assert error(found) < 0.1
    assert found.method == block.name
    assert not found.history
    assert not task.folder.exists()
