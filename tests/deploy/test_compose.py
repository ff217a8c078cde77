"""compose.yaml, the Dockerfile and what lies beside them, read: nothing here starts a service (`test_cluster` does)."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.composition.running import STOP_WITHIN
from shared.bus.subjects import INTERNAL_USERS
from tests.deploy import composefile
from tests.deploy.locally import NODES, SERVICES, environment_file
from tests.system.processes import ROOT

OURS = (*NODES, *SERVICES, "cli")
SECRET = re.compile(r"PASSWORD|KEY|RELAY")
ENVIRONMENT = dict.fromkeys(composefile.used(), "") | {
    name: f"value-of-{name.lower()}" for name in composefile.used() if SECRET.search(name)
}


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    return composefile.read(ENVIRONMENT)


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = file["services"]
    return found


def test_there_is_a_cluster_of_three_a_database_and_one_service_per_process(services: dict[str, Any]) -> None:
    assert set(services) == {*NODES, "postgres", *SERVICES, "cli"}
    for name in SERVICES:
        assert services[name]["command"][:3] == ["trunkline", "run", name]
        assert services[name]["environment"]["TRUNKLINE_BUS__REPLICAS"] == "3"
    names = [services[node]["environment"]["NATS_NAME"] for node in NODES]
    assert names == list(NODES)
    for node in NODES:
        assert services[node]["environment"]["NATS_NODES"].split(",") == [f"{one}:6222" for one in NODES]


@pytest.mark.parametrize("name", sorted(name for name in composefile.used() if SECRET.search(name)))
def test_without_any_one_of_its_secrets_nothing_starts_and_the_message_says_which(name: str) -> None:
    with pytest.raises(composefile.Missing, match=name) as refused:
        composefile.read(ENVIRONMENT | {name: ""})
    assert len(str(refused.value).partition("value: ")[2]) > 15, "it should say what the variable is for"


def test_the_example_names_every_variable_and_holds_no_secret() -> None:
    example = composefile.variables(composefile.EXAMPLE)
    assert set(example) == composefile.used()
    assert {name for name, value in example.items() if not value} == {name for name in example if SECRET.search(name)}
    with pytest.raises(composefile.Missing):
        composefile.read(example)


def test_make_env_makes_every_secret_anew_for_its_owner_only_and_never_overwrites(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "make-env"
    for name in ("a.env", "b.env"):
        subprocess.run([script, tmp_path / name], check=True, capture_output=True, timeout=30)
    made, other = (composefile.variables(tmp_path / name) for name in ("a.env", "b.env"))
    hexadecimal = {name: value for name, value in made.items() if re.fullmatch("[0-9a-f]{64}", value)}
    assert set(hexadecimal) == {name for name in made if re.search("PASSWORD|KEY", name)}
    assert len({*hexadecimal.values(), *(other[name] for name in hexadecimal)}) == 2 * len(hexadecimal)
    assert (tmp_path / "a.env").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "a.env").read_bytes()
    again = subprocess.run([script, tmp_path / "a.env"], capture_output=True, text=True, timeout=30, check=False)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert (tmp_path / "a.env").read_bytes() == before
    composefile.read(made | {"TRUNKLINE_RELAY": "smtp://mail.example.com"})


def test_every_service_has_its_own_bus_user_and_no_others_password(services: dict[str, Any]) -> None:
    passwords = {user: ENVIRONMENT[f"TRUNKLINE_BUS_PASSWORD_{user.upper()}"] for user in INTERNAL_USERS}
    for name in (*SERVICES, "cli"):
        user = "operator" if name == "cli" else name
        said = " ".join(composefile.texts(services[name]["environment"]))
        assert f"nats://{user}:{passwords[user]}@nats1:4222" in said
        assert [node for node in NODES if f"{node}:4222" in said] == list(NODES)
        assert not [other for other, password in passwords.items() if other != user and password in said]


def test_only_the_store_knows_the_database_and_only_the_notifier_the_relay(services: dict[str, Any]) -> None:
    for secret, holders in (
        ("TRUNKLINE_DATABASE_PASSWORD", {"store", "postgres"}),
        ("TRUNKLINE_RELAY", {"notifier"}),
        ("TRUNKLINE_BUS_PASSWORD_CLUSTER", set(NODES)),
        ("TRUNKLINE_SIGNING_KEY", set(SERVICES)),
    ):
        value = ENVIRONMENT[secret]
        assert {name for name in services if value in " ".join(composefile.texts(services[name]))} == holders
    assert {name for name, service in services.items() if "database" in service["networks"]} == {"store", "postgres"}


def test_the_bus_and_the_database_are_reached_from_nowhere_else(file: dict[str, Any], services: dict[str, Any]) -> None:
    assert file["networks"]["bus"] == file["networks"]["database"] == {"internal": True}
    outside = {name for name, service in services.items() if "outside" in service["networks"]}
    assert outside == {"intake", "notifier", "desk"}
    assert {name for name, service in services.items() if service.get("ports")} == {"intake", "desk"}
    (web,) = services["desk"]["ports"]
    assert web["host_ip"] == "127.0.0.1"


def test_intake_can_be_scaled_because_its_port_of_the_host_is_a_range(services: dict[str, Any]) -> None:
    (port,) = services["intake"]["ports"]
    first, last = map(int, port["published"].split("-"))
    assert last - first >= 2
    assert not [name for name, service in services.items() if "container_name" in service or "hostname" in service]


def test_no_folder_of_the_host_is_shown_to_a_container(file: dict[str, Any], services: dict[str, Any]) -> None:
    volumes = [volume for service in services.values() for volume in service.get("volumes", [])]
    named = {volume.partition(":")[0] for volume in volumes}
    assert named == set(file["volumes"])
    assert len(volumes) == len(named), "two services would write to the same volume"
    config = ROOT / file["configs"]["trunkline"]["file"]
    assert config == ROOT / "deploy" / "trunkline.toml"
    tomllib.loads(config.read_text())


def test_every_container_is_locked_down_restarted_checked_and_given_time_to_stop(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        if name == "cli":
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert composefile.seconds(service["stop_grace_period"]) > 0, name
    for name in OURS:
        assert services[name]["user"] == "10001:10001"
        assert services[name]["cap_drop"] == ["ALL"]
    for name in SERVICES:
        assert composefile.seconds(services[name]["stop_grace_period"]) > STOP_WITHIN + 10
        listen = "TRUNKLINE_WEB__LISTEN" if name == "desk" else "TRUNKLINE_WEB__HEALTH_LISTEN"
        port = services[name]["environment"][listen].rpartition(":")[2]
        assert services[name]["healthcheck"]["test"][-1] == f"http://127.0.0.1:{port}/readyz"


def test_every_image_has_a_version(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values()}
    dockerfile = (ROOT / "Dockerfile").read_text()
    images |= set(re.findall(r"^FROM (\S+)", dockerfile, re.M))
    for image in images:
        assert re.search(r":\d+", image), image
    from services import __version__

    assert f"trunkline:{__version__}" in images


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_exists(name: str, services: dict[str, Any]) -> None:
    service = services[name]
    program, *arguments = [*service.get("entrypoint", []), *service["command"]]
    if program == "python":
        assert (ROOT / arguments[0]).is_file()
        assert (
            f"COPY deploy/nats_node.py deploy/probe.py /app/{Path(arguments[0]).parent}/"
            in (ROOT / "Dockerfile").read_text()
        )
        return
    assert program == "trunkline"
    # Without a bus it goes as far as the configuration, and no usage error comes before that.
    # A process of its own: the command line configures the logging of the process it runs in.
    done = subprocess.run(
        [sys.executable, "-m", "services", *arguments[:2], "--help"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    for option in (one for one in arguments if one.startswith("--")):
        assert option in done.stdout


def test_what_goes_into_the_image_is_named_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if line and not line.startswith("#")) == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied: set[str] = set()
    for line in re.findall(r"^COPY (?!--)(.*)$", (ROOT / "Dockerfile").read_text(), re.M):
        copied.update(line.split()[:-1])
    assert copied == let_in
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_image_is_built_with_pinned_versions_and_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "Dockerfile").read_text()
    installs = re.findall(r"pip install .*", text)
    assert installs
    assert all("--constraint constraints.txt" in line for line in installs)
    assert re.findall(r"^USER (.*)$", text, re.M)[-1] == "10001:10001"


def test_a_node_that_lacks_a_password_says_which(tmp_path: Path) -> None:
    file = composefile.read(environment_file(tmp_path, "smtp://127.0.0.1:25"))
    stated = {key: str(value) for key, value in file["services"]["nats1"]["environment"].items()}
    import sys

    command = [sys.executable, str(ROOT / "deploy" / "nats_node.py"), "--print"]
    whole = subprocess.run(
        command, env=stated | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert whole.returncode == 0, whole.stderr
    assert "sync_interval: always" in whole.stdout
    assert 'server_name: "nats1"' in whole.stdout
    del stated["NATS_DESK_PASSWORD"]
    less = subprocess.run(
        command, env=stated | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert less.returncode == 1
    assert less.stdout == ""
    assert less.stderr == "nats_node: NATS_DESK_PASSWORD is not set: the password of bus user desk\n"
