"""The endpoint answers good requests, and tells the author of a bad one what is wrong with it."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from cnc_mill_programs import EXAMPLE, Endpoint, Job, program_environ
from toolwear.columns import FEATURES
from toolwear.scoring import ModelError
from toolwear.serve import ServeError, open_server

CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}
JSON_LINES = {"Content-Type": "application/jsonlines"}


@pytest.fixture
def connection(endpoint: Endpoint) -> Iterator[HTTPConnection]:
    opened = HTTPConnection("127.0.0.1", endpoint.port, timeout=10)
    yield opened
    opened.close()


@pytest.fixture
def request_csv(job: Job) -> str:
    return (job.output / "sample" / "request.csv").read_text()


@pytest.fixture
def answers(job: Job) -> list[dict[str, object]]:
    lines = (job.output / "sample" / "response.csv").read_text().splitlines()
    pairs = [line.split(",") for line in lines]
    return [{"predicted_label": label, "score": float(score)} for label, score in pairs]


def instances(request_csv: str) -> list[list[object]]:
    lines = [line.split(",") for line in request_csv.splitlines()]
    return [[*map(float, values[:-1]), values[-1]] for values in lines]


def ask(
    connection: HTTPConnection, body: str | bytes, headers: dict[str, str]
) -> tuple[HTTPResponse, str]:
    connection.request("POST", "/invocations", body, headers)
    response = connection.getresponse()
    return response, response.read().decode()


def test_ping_says_that_the_model_is_loaded(connection: HTTPConnection) -> None:
    connection.request("GET", "/ping")
    assert connection.getresponse().status == 200


def test_the_sample_request_gets_the_sample_response(
    connection: HTTPConnection, job: Job, request_csv: str
) -> None:
    response, body = ask(connection, request_csv, CSV)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert body == (job.output / "sample" / "response.csv").read_text()


def test_json_lists_get_json_predictions(
    connection: HTTPConnection, request_csv: str, answers: list[dict[str, object]]
) -> None:
    rows = [{"features": values} for values in instances(request_csv)]
    response, body = ask(connection, json.dumps({"instances": rows}), JSON)
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"predictions": answers}


def test_json_records_are_read_by_name_in_any_order(
    connection: HTTPConnection, request_csv: str, answers: list[dict[str, object]]
) -> None:
    named = [dict(zip(FEATURES, values, strict=True)) for values in instances(request_csv)]
    turned = [dict(reversed(record.items())) for record in named]
    _, body = ask(connection, json.dumps({"instances": turned}), JSON)
    assert json.loads(body) == {"predictions": answers}


def test_json_lines_get_a_line_each(
    connection: HTTPConnection, request_csv: str, answers: list[dict[str, object]]
) -> None:
    body = "\n".join(json.dumps({"features": values}) for values in instances(request_csv))
    response, text = ask(connection, body, JSON_LINES)
    assert response.headers["Content-Type"] == "application/jsonlines"
    assert [json.loads(line) for line in text.splitlines()] == answers


def test_accept_chooses_the_form_of_the_answer(
    connection: HTTPConnection, request_csv: str, answers: list[dict[str, object]]
) -> None:
    response, body = ask(connection, request_csv, {**CSV, "Accept": "application/json"})
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"predictions": answers}


def test_a_missing_number_is_answered(connection: HTTPConnection, request_csv: str) -> None:
    first = request_csv.splitlines()[0].split(",")
    response, body = ask(connection, ",".join(["", *first[1:]]), CSV)
    assert (response.status, len(body.splitlines())) == (200, 1)


def spoilt(row: str, column: int, value: str) -> str:
    values = row.split(",")
    values[column] = value
    return ",".join(values)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (1, "fast", "row 2, column 2 (X1_ActualVelocity) is 'fast', expected a finite number"),
        (1, "nan", "row 2, column 2 (X1_ActualVelocity) is 'nan', expected a finite number"),
        (0, "1e39", "row 2, column 1 (X1_ActualPosition) is '1e39', expected a finite number"),
        (47, "End", "row 2, column 48 (Machining_Process) is 'End', expected one of Layer 1 Up"),
        (3, "1,2", "row 2 has 49 columns, expected 48"),
        (3, '"1', "the request is not CSV"),
    ],
)
def test_a_bad_value_is_named_by_row_and_column(
    connection: HTTPConnection, request_csv: str, column: int, value: str, message: str
) -> None:
    lines = request_csv.splitlines()
    lines[1] = spoilt(lines[1], column, value)
    response, body = ask(connection, "\n".join(lines), CSV)
    assert response.status == 400
    assert json.loads(body)["error"].startswith(message)


@pytest.mark.parametrize(
    ("headers", "body", "status", "message"),
    [
        (CSV, "", 400, "the request holds no rows"),
        (CSV, b"\xff\xfe", 400, "the request is not UTF-8"),
        (JSON, "{", 400, "the request is not JSON"),
        (JSON, "[" * 100_000, 400, "the request is not JSON"),
        (JSON, "[]", 400, 'the request has no list "instances"'),
        (JSON, '{"instances": []}', 400, "the request holds no rows"),
        (JSON, '{"instances": [7]}', 400, "row 1 is a int, expected an object"),
        (JSON, '{"instances": [{"features": 7}]}', 400, 'row 1: "features" is not a list'),
        (JSON, '{"instances": [{"X1": 7}]}', 400, "row 1: missing X1_ActualPosition, "),
        (JSON_LINES, '{"features": []}\n{', 400, "row 1 has 0 columns, expected 48"),
        ({"Content-Type": "image/png"}, "x", 415, "Content-Type is 'image/png', expected one of"),
        ({}, "x", 415, "Content-Type is '', expected one of text/csv, application/json"),
        ({**CSV, "Accept": "image/png"}, "x", 406, "Accept is 'image/png', expected one of"),
        ({**CSV, "Content-Length": "9" * 12}, "", 413, "999999999999 bytes, expected at most"),
    ],
)
def test_a_bad_request_gets_a_clear_refusal(
    connection: HTTPConnection,
    headers: dict[str, str],
    body: str | bytes,
    status: int,
    message: str,
) -> None:
    response, text = ask(connection, body, headers)
    assert response.status == status
    assert json.loads(text)["error"].startswith(message)


def test_a_refused_request_leaves_the_connection_usable(
    connection: HTTPConnection, request_csv: str
) -> None:
    connection.connect()
    opened = connection.sock
    for headers, status in (({"Content-Type": "image/png"}, 415), (CSV, 200), (CSV, 200)):
        response, _ = ask(connection, request_csv, headers)
        assert response.status == status
        assert connection.sock is opened


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/ping", 404), ("GET", "/invocations", 405)],
)
def test_another_path_is_refused(
    connection: HTTPConnection, method: str, path: str, status: int
) -> None:
    connection.request(method, path, "" if method == "POST" else None)
    assert connection.getresponse().status == status


def test_sigterm_ends_the_endpoint_cleanly(serve: Callable[[], Endpoint]) -> None:
    running = serve()
    kept_alive = HTTPConnection("127.0.0.1", running.port, timeout=10)
    kept_alive.request("GET", "/ping")
    assert kept_alive.getresponse().read() == b""
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=10) == 0


def test_without_a_model_the_program_says_so_and_exits_with_1(tmp_path: Path) -> None:
    environ = {**program_environ(tmp_path), "SAGEMAKER_BIND_TO_PORT": "0"}
    done = subprocess.run([EXAMPLE / "serve"], env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot serve: no model: expected a file model.onnx in" in done.stderr


def test_a_taken_port_is_told(endpoint: Endpoint, job: Job) -> None:
    environ = {**job.environ, "SAGEMAKER_BIND_TO_PORT": str(endpoint.port)}
    with pytest.raises(ServeError, match=f"cannot listen on 127.0.0.1:{endpoint.port}"):
        open_server(environ)


def test_a_file_that_is_no_model_is_told(job: Job, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes((job.model / "model.onnx").read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"model.onnx: not a tool-wear model"):
        open_server({"SM_MODEL_DIR": str(tmp_path), "SAGEMAKER_BIND_TO_PORT": "0"})


@pytest.fixture
def several(job: Job) -> Iterator[HTTPConnection]:
    """The server of a multi-model endpoint, which has no model yet."""
    server = open_server({"SAGEMAKER_BIND_TO_PORT": "0", "SAGEMAKER_MULTI_MODEL": "true"})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    opened = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    yield opened
    opened.close()
    server.shutdown()
    server.server_close()


def told(
    connection: HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, dict[str, object]]:
    given = json.dumps(body) if body is not None else ""
    connection.request(method, path, given, JSON | {"Content-Length": str(len(given))})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_a_multi_model_server_loads_answers_and_unloads(
    several: HTTPConnection, job: Job, request_csv: str
) -> None:
    several.request("GET", "/ping")
    assert several.getresponse().read() == b""
    one = {"modelName": "m1", "modelUrl": str(job.model)}
    asked = {"model_name": "m1", "url": str(job.model)}
    assert told(several, "POST", "/models", asked) == (200, one)
    assert told(several, "GET", "/models") == (200, {"models": [one]})
    assert told(several, "GET", "/models/m1") == (200, one)
    several.request("POST", "/models/m1/invoke", request_csv, CSV)
    response = several.getresponse()
    assert response.read().decode() == (job.output / "sample" / "response.csv").read_text()
    assert told(several, "POST", "/models", asked)[0] == 409
    assert told(several, "DELETE", "/models/m1") == (200, one)
    assert told(several, "GET", "/models") == (200, {"models": []})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/models", {"model_name": "m"}, 400, "a model to load is not named"),
        ("POST", "/models", {"model_name": "m", "url": "/nowhere"}, 400, "no model: expected"),
        ("POST", "/models/m/invoke", {}, 404, "no model m is loaded"),
        ("DELETE", "/models/m", None, 404, "no model m is loaded"),
        ("POST", "/invocations", {}, 404, "POST /models/NAME/invoke"),
        ("GET", "/other", None, 404, "/models"),
    ],
)
def test_what_a_multi_model_server_cannot_do_is_told(
    several: HTTPConnection, method: str, path: str, body: object, status: int, words: str
) -> None:
    got, answer = told(several, method, path, body)
    assert got == status
    assert words in str(answer["error"])


def test_a_server_of_one_model_has_no_others(connection: HTTPConnection) -> None:
    status, answer = told(connection, "GET", "/models")
    assert status == 404
    assert "POST /invocations" in str(answer["error"])
