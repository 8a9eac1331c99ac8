import hashlib

from molscape.core.hashes import sha256


def test_file_and_folder(tmp_path):
    data = bytes(range(256)) * 10000
    (tmp_path / "a").write_bytes(data)
    assert sha256(tmp_path / "a") == hashlib.sha256(data).hexdigest()
    before = sha256(tmp_path)
    assert before == sha256(tmp_path)
    (tmp_path / "b").write_bytes(b"")
    assert sha256(tmp_path) != before
