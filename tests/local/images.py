"""A small image with `train` and `serve`, built and pushed as the CDK's command line does it."""

import uuid
from pathlib import Path

from tests.local.conftest import Cloud

_TRAIN = """
import json, os, sys, time
root = os.environ["SM_INPUT_CONFIG_DIR"]
told = json.load(open(f"{root}/hyperparameters.json"))
print(f"loss={told.get('loss', 0.25)};", flush=True)
if told.get("fail"):
    open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w").write(told["fail"])
    sys.exit(1)
if told.get("crash"):
    sys.exit(3)
time.sleep(float(told.get("seconds", 0)))
rows = 0
for folder, _, names in os.walk(os.environ.get("SM_CHANNEL_TRAINING", ".")):
    rows += sum(len(open(os.path.join(folder, name)).readlines()) for name in names)
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write(f"rows={rows}")
"""

_SERVE = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

loaded, most = {}, int(os.environ.get("MOST_MODELS", 9))

class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def answer(self, status, text, kind="text/csv"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200, "")
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        parts = self.path.strip("/").split("/")
        if parts == ["models"]:
            if len(loaded) >= most:
                return self.answer(507, "no memory is left")
            told = json.loads(asked)
            loaded[told["model_name"]] = open(os.path.join(told["url"], "model.txt")).read()
            return self.answer(200, "")
        if parts[-1] == "invoke":
            return self.answer(200, f"{loaded[parts[1]]}:{asked}:{len(loaded)}")
        if asked == "bad" or os.environ.get("BREAKS"):
            return self.answer(500, "the model cannot say")
        self.answer(200, f"{os.environ.get('WHO', '')}:{asked}")

    def do_DELETE(self):
        del loaded[self.path.rpartition("/")[2]]
        self.answer(200, "")

if os.environ.get("SICK"):
    sys.exit("the model cannot be loaded")
port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080))
ThreadingHTTPServer((os.environ.get("SERVE_HOST", "127.0.0.1"), port), Answers).serve_forever()
"""

_DOCKERFILE = """
FROM python:3.13-slim
WORKDIR /opt/program
COPY --chmod=755 train serve ./
ENV PATH="/opt/program:${PATH}"
"""


# What SageMaker takes.
DOCKER_FORMAT = ("--provenance=false", "--output", "type=docker")


def pushed(cloud: Cloud, folder: Path) -> str:
    """The image's address in a new repository."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    for name, text in (("train", _TRAIN), ("serve", _SERVE)):
        (folder / name).write_text("#!/usr/bin/env python3\n" + text)
        (folder / name).chmod(0o755)
    return built(cloud, folder)


def built(cloud: Cloud, folder: Path, *options: str) -> str:
    """The address, in a new repository, of the image of a folder with a Dockerfile."""
    repository = f"image-{uuid.uuid4().hex[:12]}"
    made = cloud.client("ecr").create_repository(repositoryName=repository)["repository"]
    address = f"{made['repositoryUri']}:one"
    for command in (
        ("build", "--tag", address, *(options or DOCKER_FORMAT), str(folder)),
        ("push", address),
    ):
        done = cloud.run("localcloud-docker", *command)
        assert done.returncode == 0, done.stdout
    return address
