"""Starts what a container image holds as a process on this machine, in place of a container engine. For tests only.

It is a launcher, not Fargate: no isolation, no limits, no image. It speaks the part of the Docker SDK that ministack's ECS
uses. `HYBRID_TEST_CONTAINERS` is a JSON object from the end of an image's repository name to a program. A task gets its own
role's credentials, as the ECS agent gives them, but as variables instead of by the credentials endpoint.
"""

import collections
import json
import os
import re
import secrets
import subprocess
import threading

PROGRAMS = json.loads(os.environ.get("HYBRID_TEST_CONTAINERS", "{}"))
TERM_GRACE_SECONDS = 30
MEMORY_INTERVAL_SECONDS = 0.02
ATTEMPT_BEGAN = b"an attempt began"
DEATHS = collections.Counter()


def say(line):
    # In one write: threads print at the same time.
    print(line + "\n", end="", flush=True)


class NotHere(Exception):
    pass


class Container:
    def __init__(self, command, environment, order=None, is_doomed=False):
        self.package, self.is_doomed = (order or {}).get("package_id"), is_doomed
        self.id, self.command = secrets.token_hex(32), command
        self.attrs = {"NetworkSettings": {"Networks": {}}}
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = []
        self.peak_kib = 0
        self.ended = threading.Event()
        threading.Thread(target=self._watch_memory, daemon=True).start()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        for line in self.process.stdout:
            self.output.append(line)
            if self.is_doomed and ATTEMPT_BEGAN in line:
                self.process.kill()
                say("killed, as its key asks for")
        self.process.wait()
        say("container ended " + json.dumps({"package": self.package, "exit": self.process.returncode, "peak_kib": self.peak_kib}))
        self.ended.set()

    # The largest resident set (VmHWM, proc(5)) as long as the process is there. What wait4 tells afterwards would include
    # what this emulator itself held when it started the process.
    def _watch_memory(self):
        while not self.ended.wait(MEMORY_INTERVAL_SECONDS):
            try:
                with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status, \
                        open(f"/proc/{self.process.pid}/comm", encoding="ascii") as name:
                    if os.path.basename(self.command[0]).startswith(name.read().strip()):
                        peak = next((line.split()[1] for line in status if line.startswith("VmHWM")), 0)
                        self.peak_kib = max(self.peak_kib, int(peak))
            except OSError:
                return

    @property
    def status(self):
        return "exited" if self.ended.is_set() else "running"

    def reload(self):
        pass

    def wait(self, **_):
        self.ended.wait()
        code = self.process.returncode
        return {"StatusCode": code if code >= 0 else 128 - code}

    def stop(self, timeout=TERM_GRACE_SECONDS, **_):
        if not self.ended.is_set():
            self.process.terminate()
            if not self.ended.wait(timeout):
                self.process.kill()

    def kill(self, **_):
        self.process.kill()

    def remove(self, **_):
        self.stop()

    def logs(self, stream=False, **_):
        if not stream:
            return b"".join(self.output)
        self.ended.wait()
        return iter(self.output)


class Containers:
    def __init__(self):
        self.all = {}

    def run(self, image, environment=None, labels=None, **_):
        repository = image.split("@")[0].rsplit(":", 1)[0]
        program = next((path for name, path in PROGRAMS.items() if repository.endswith(name)), None)
        if program is None:
            raise NotHere(f"no program for image {image}")
        variables = dict(entry.split("=", 1) for entry in environment) if isinstance(environment, list) else dict(environment or {})
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            variables.pop(name, None)
        variables = {name: str(value).replace("host.docker.internal", "127.0.0.1") for name, value in variables.items()}
        variables.update(credentials_of(task_of(labels or {}, variables)))
        order = json.loads(variables.get("RELAY_RUN_ORDER") or "null")
        command = ["false"] if is_stillborn(order) else [program]
        container = Container(command, variables, order, misfortune(order))
        self.all[container.id] = container
        return container

    def get(self, identifier):
        if identifier not in self.all:
            raise NotHere(identifier)
        return self.all[identifier]

    def list(self, **_):
        return list(self.all.values())


class Images:
    def get(self, _image):
        return self

    def pull(self, _image, **_):
        return self

    def tag(self, *_, **__):
        return True


class Networks:
    def list(self, **_):
        return []


class Engine:
    def __init__(self):
        self.containers, self.images, self.networks = Containers(), Images(), Networks()

    def ping(self):
        return True


def is_stillborn(order):
    """Whether what is started for this order ends before it does anything, as a task does whose image or whose room is missing."""
    key = order["custody"]["key"] if order else ""
    times = re.search(r"stillborn-(\d+)-times", key)
    if not times or DEATHS[key] >= int(times.group(1)):
        return False
    DEATHS[key] += 1
    return True


def misfortune(order):
    """Whether the task of this order is to be killed; takes away its object if that is what its key asks for."""
    if not order:
        return False
    custody = order["custody"]
    key = custody["key"]
    if "vanishes-before-the-task" in key:
        import boto3
        from botocore.config import Config

        client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-north-1", aws_access_key_id="000000000000",
                              aws_secret_access_key="test", config=Config(s3={"addressing_style": "path"}))
        client.delete_object(Bucket=custody["bucket"], Key=key, VersionId=custody["version_id"])
    times = re.search(r"dies-(\d+)-times", key)
    if times and DEATHS[key] < int(times.group(1)):
        DEATHS[key] += 1
        return True
    return False


def task_of(labels, variables):
    from ministack.services import ecs

    arn = labels.get("com.amazonaws.ecs.task-arn")
    order = variables.get("RELAY_RUN_ORDER")
    for record in list(ecs._tasks.values()):
        if arn and record["taskArn"] == arn:
            return record
        for override in record.get("overrides", {}).get("containerOverrides", []):
            values = [entry["value"] for entry in override.get("environment", [])]
            if order and order in values and record.get("lastStatus") != "STOPPED":
                return record
    raise NotHere("the container belongs to no task")


def credentials_of(task):
    from ministack.services import ecs, sts

    definition = next(d for d in ecs._task_defs.values() if d["taskDefinitionArn"] == task["taskDefinitionArn"])
    role = task.get("overrides", {}).get("taskRoleArn") or definition.get("taskRoleArn")
    name, session, account = role.rsplit("/", 1)[-1], task["taskArn"].rsplit("/", 1)[-1], role.split(":")[4]
    given = {"AccessKeyId": "ASIA" + secrets.token_hex(8).upper(), "SecretAccessKey": secrets.token_hex(20),
             "SessionToken": secrets.token_hex(32)}
    # As ECS: the service assumes the role that its trust policy lets it, and no caller of the API could.
    sts.register_session(given["AccessKeyId"], {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}", "UserId": f"{name}:{session}",
        "SecretAccessKey": given["SecretAccessKey"], "SessionToken": given["SessionToken"]})
    return {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"], "AWS_REGION": "eu-north-1",
            "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"]}
