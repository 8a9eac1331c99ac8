"""`molscape gallery`: every recipe with its title."""

from molscape.app.commands.gallery import list_gallery
from molscape.app.loading import gallery


def test_every_recipe_is_listed_with_its_title(capsys):
    list_gallery()
    out = capsys.readouterr().out
    for name, plain in gallery().items():
        first = " ".join(plain["title"].split()[:2])
        assert any(name in line and first in line for line in out.splitlines()), name
    assert out.endswith("run one with: molscape run NAME\n")
