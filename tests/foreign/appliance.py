"""How a Python program talks to an appliance of ocdeck: an example to copy.

It needs the packages of requirements.txt, the .proto files and a certificate
of `ocdeck pki issue person`. Nothing in here is peculiar to tests.
"""

import queue
import sys
import tempfile
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc


def generate(proto: Path) -> None:
    """Makes modules of the .proto files and puts them on the path.

    A program that is installed does this once, when it is built.
    """
    out = tempfile.mkdtemp(prefix="ocdeck-proto-")
    files = sorted(str(file) for file in (proto / "ocdeck/v1").glob("*.proto"))
    # google/protobuf/timestamp.proto comes with grpcio-tools.
    well_known = Path(protoc.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{proto}", f"-I{well_known}"]
    arguments += [f"--python_out={out}", f"--grpc_python_out={out}"]
    if protoc.main(arguments + files) != 0:
        sys.exit("the .proto files cannot be compiled")
    sys.path.insert(0, out)


def channel(address: str, appliance: str, pki: Path, person: str | None) -> grpc.Channel:
    """A channel with mutual TLS.

    An appliance's certificate is made out to <id>.appliance.ocdeck.internal
    whatever its address is: that name is what is checked.
    """
    credentials = grpc.ssl_channel_credentials(
        root_certificates=(pki / "ca.pem").read_bytes(),
        private_key=(pki / f"{person}.key").read_bytes() if person else None,
        certificate_chain=(pki / f"{person}.pem").read_bytes() if person else None,
    )
    name = f"{appliance}.appliance.ocdeck.internal"
    options = [("grpc.ssl_target_name_override", name)]
    return grpc.secure_channel(address, credentials, options)


class Services:
    """The services of an appliance, as one person. Every call has a deadline."""

    def __init__(self, channel: grpc.Channel) -> None:
        from ocdeck.v1 import appliance_pb2_grpc, catalog_pb2_grpc, jobs_pb2_grpc, restores_pb2_grpc

        self.channel = channel
        self.appliance = appliance_pb2_grpc.ApplianceServiceStub(channel)
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(channel)
        self.jobs = jobs_pb2_grpc.JobsServiceStub(channel)
        self.restores = restores_pb2_grpc.RestoresServiceStub(channel)


class Refused:
    """What an appliance says when it does not do something."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code = error.code()
        self.text = error.details()
        self.reason = ""
        self.about: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.precondition = ""
        self.retry_seconds = 0
        self.resource = ("", "")
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            self._take(detail)

    def _take(self, detail) -> None:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            assert info.domain == "ocdeck"
            self.reason, self.about = info.reason, dict(info.metadata)
        request = error_details_pb2.BadRequest()
        if detail.Unpack(request):
            self.fields = {it.field: it.description for it in request.field_violations}
        failure = error_details_pb2.PreconditionFailure()
        if detail.Unpack(failure):
            self.precondition = failure.violations[0].type
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(retry):
            self.retry_seconds = retry.retry_delay.seconds
        resource = error_details_pb2.ResourceInfo()
        if detail.Unpack(resource):
            self.resource = (resource.resource_type, resource.resource_name)

    def __str__(self) -> str:
        return f"{self.code.name} {self.reason} {self.fields}: {self.text}"


class Watch:
    """The facts of an appliance, kept up to date by its stream of changes."""

    def __init__(self, services: Services, resume=None, heartbeat: int = 5) -> None:
        from ocdeck.v1 import appliance_pb2

        self._request = appliance_pb2.WatchRequest
        self._asked: queue.SimpleQueue = queue.SimpleQueue()
        self.facts: dict[tuple[str, str], object] = dict(resume.facts) if resume else {}
        self.epoch = resume.epoch if resume else ""
        self.revision = resume.revision if resume else 0
        self.snapshots = 0
        self._chunks: dict | None = None
        first = self._request(heartbeat_seconds=heartbeat)
        if resume:
            first.resume.epoch, first.resume.revision = resume.epoch, resume.revision
        self._asked.put(first)
        self._stream = services.appliance.Watch(iter(self._asked.get, None), timeout=300)

    def beat_every(self, seconds: int) -> None:
        self._asked.put(self._request(heartbeat_seconds=seconds))

    def close(self) -> None:
        self._asked.put(None)
        self._stream.cancel()

    def next(self) -> str:
        """Applies one message, and says of which kind it was."""
        message = next(self._stream)
        kind = message.WhichOneof("body")
        if kind == "snapshot_begin":
            self._chunks = {}
        elif kind == "snapshot_chunk":
            self._apply(self._chunks, message.snapshot_chunk.facts)
        elif kind == "snapshot_end":
            self.facts, self._chunks = self._chunks, None
            self.snapshots += 1
        else:
            held = (self.epoch, self.revision)
            # What does not fit is not applied: subscribe anew without a place.
            assert (message.epoch, message.previous_revision) == held, (message, held)
            if kind == "delta":
                self._apply(self.facts, message.delta.facts)
        self.epoch, self.revision = message.epoch, message.revision
        return kind

    def until(self, found):
        """Reads until `found` returns something for the facts."""
        while not (result := found(self.facts)):
            self.next()
        return result

    def snapshot(self) -> None:
        while self.next() != "snapshot_end":
            pass

    @staticmethod
    def _apply(facts: dict, news) -> None:
        kinds = ["", "repository", "quota", "system", "job", "session", "alert", "restore"]
        for fact in news:
            kind = fact.WhichOneof("entity")
            if kind is None:
                continue  # of a newer appliance
            it = getattr(fact, kind)
            if kind == "tombstone":
                if it.kind < len(kinds):
                    facts.pop((kinds[it.kind], it.id), None)
            elif kind == "restore":
                facts[kind, f"{it.request_id}:{it.attempt}"] = it
            elif kind == "quota":
                facts[kind, f"{it.tenant_id}:{it.repository_id}"] = it
            else:
                facts[kind, it.alert_id if kind == "alert" else it.id] = it
