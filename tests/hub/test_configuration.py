"""The configurations that docs/jupyterhub shows are ones that JupyterHub and nbgrader take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.scopes import scope_definitions
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from nbgrader.auth import JupyterHubAuthPlugin
from traitlets.config import Config, PyFileConfigLoader

from tests.hub.hub import COURSE, ROOT

FOLDER = ROOT / "docs" / "jupyterhub"
SECRET = "a seed that nobody else has"
HUBS = ["jupyterhub_config.py", "loopback_config.py"]
ADDRESSES = ("bind_url", "hub_bind_url")


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_SEED", SECRET)
    monkeypatch.setenv("COURSE_HUB", str(tmp_path / "hub"))
    monkeypatch.delenv("JUPYTERHUB_SERVICE_NAME", raising=False)


def load(name: str, folder: Path = FOLDER) -> Any:
    return PyFileConfigLoader(name, path=str(folder)).load_config()


def test_the_course_is_the_one_of_its_own_settings() -> None:
    (service,) = load("jupyterhub_config.py").JupyterHub.services
    assert service["name"] == load("nbgrader_config.py", ROOT).CourseDirectory.course_id == COURSE


@pytest.mark.parametrize("name", HUBS)
def test_every_setting_is_one_that_its_class_has(name: str) -> None:
    config = load(name)
    classes = {"Spawner": LocalProcessSpawner, "Authenticator": Authenticator}
    known = {"JupyterHub": JupyterHub, **classes}
    for section, kind in known.items():
        assert set(config[section]) <= set(kind.class_traits(config=True)), section


@pytest.mark.parametrize("name", HUBS)
def test_every_scope_is_one_that_the_hub_knows(name: str) -> None:
    config = load(name)
    asked = [*config.Spawner.server_token_scopes]
    asked += [scope for role in config.JupyterHub.load_roles for scope in role["scopes"]]
    assert {scope.partition("!")[0] for scope in asked} <= set(scope_definitions)


@pytest.mark.parametrize("name", HUBS)
def test_the_secret_seed_reaches_the_course_and_no_student(name: str) -> None:
    config = load(name)
    (service,) = config.JupyterHub.services
    assert service["environment"]["COURSE_SEED"] == SECRET
    assert "COURSE_SEED" not in config.Spawner.environment


def test_the_trial_listens_on_loopback_alone(tmp_path: Path) -> None:
    config = load("loopback_config.py")
    addresses = [config.JupyterHub[name] for name in ADDRESSES]
    addresses += [config.ConfigurableHTTPProxy.api_url, config.JupyterHub.services[0]["url"]]
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    assert len(set(addresses)) == len(addresses)
    home = SimpleLocalProcessSpawner(config=config).home_dir_template
    assert home.startswith(str(tmp_path))


def test_only_the_trial_gives_up_the_owner_of_what_is_handed_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    real: Config = load("nbgrader_config.py")
    assert real.Authenticator.plugin_class is JupyterHubAuthPlugin
    assert "check_owner" not in real.ExchangeCollect and "student_id" not in real.CourseDirectory
    monkeypatch.setenv("NBGRADER_ONE_ACCOUNT", "yes")
    trial: Config = load("nbgrader_config.py")
    assert trial.ExchangeCollect.check_owner is False
    assert trial.CourseDirectory.student_id == "ada"
