"""The files under ``deploy/``: each is checked by the tool that reads it, and the unit's command is started."""

from __future__ import annotations

import configparser
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from tests.waiting import wait_until

from baihuo.core import ShopPaths
from baihuo.monitor import DiskCollector, Metrics, WatchReport

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"


def checked(*command: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]} (Debian: apt-get install caddy prometheus systemd)")
    done = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_are_rules_that_fire_when_they_should() -> None:
    checked("promtool", "test", "rules", "alerts_test.yml")  # which reads alerts.yml first


def test_the_proxy_reads_its_file() -> None:
    checked("caddy", "validate", "--adapter", "caddyfile", "--config", "Caddyfile")


@pytest.mark.parametrize("name", ["baihuo.service", "baihuo-watch.service"])
def test_systemd_knows_every_line_of_the_unit(name: str, tmp_path: Path) -> None:
    unit = tmp_path / name
    text = (DEPLOY / name).read_text()
    unit.write_text(text.replace("/opt/baihuo/bin/baihuo", "/bin/true"))
    checked("systemd-analyze", "verify", "--man=no", str(unit))


def test_alerts_and_dashboard_name_metrics_that_the_server_has(tmp_path: Path) -> None:
    paths = ShopPaths(tmp_path)
    paths.watch_file.parent.mkdir()
    WatchReport(at_us=1, bundle_id="b1", since_us=1, n_impressions=1).write(paths.watch_file)
    text = (DEPLOY / "alerts.yml").read_text() + (DEPLOY / "dashboard.json").read_text()
    named = set(re.findall(r"\bbaihuo_[a-z_]+", text))
    known = {
        sample.removesuffix("_created")
        for line in Metrics(paths=paths, disk=DiskCollector(paths)).exposed().decode().splitlines()
        if line.startswith("# TYPE ")
        for name, kind in [line.split()[2:4]]
        for sample in (
            name,
            *(f"{name}_{s}" for s in ("total", "bucket", "count") if kind != "gauge"),
        )
    }
    assert named - known == set()
    assert len(named) > 8
    json.loads((DEPLOY / "dashboard.json").read_text())


def test_compose_gives_the_shop_nothing_that_it_does_not_need() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    shop = services["shop"]
    assert shop["read_only"] is True
    assert shop["cap_drop"] == ["ALL"]
    assert "ports" not in shop  # only the proxy reaches it
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).is_file(), source
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    users = re.findall(r"^USER (.*)$", dockerfile, re.M)
    assert users[-1] == "baihuo"
    assert "HEALTHCHECK" in dockerfile


def test_the_command_of_the_unit_serves_with_its_limits_and_stops_when_asked(
    tmp_path: Path,
) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "baihuo.service")
    service = unit["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert Path(program).name == "baihuo"
    words[words.index("--shop") + 1] = str(tmp_path)

    def as_the_unit() -> None:
        os.umask(int(service["UMask"], 8))
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        n_files = min(int(service["LimitNOFILE"]), most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (n_files, n_files))

    command = [sys.executable, "-m", "baihuo", *words, "--port", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, preexec_fn=as_the_unit
    ) as process:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+) ", process.stderr.readline())
        assert found is not None
        wait_until(lambda: _answers(f"http://127.0.0.1:{found[1]}/healthz"), within_s=240)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10 * float(service["TimeoutStopSec"])) == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False
