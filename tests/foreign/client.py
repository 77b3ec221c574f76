"""Everything that an integrator does with an appliance, from health to refusals.

    client.py --proto DIR --pki DIR --address HOST:PORT --appliance ID

Expects an appliance with the system and the job of `../it/client.rs`, and the
certificates of mara (technician), vic (viewer), eve (engineer), tom
(technician of the tenant bolt only) and old (expired).
"""

import argparse
import time
import uuid
from pathlib import Path

import grpc
from appliance import Refused, Services, Watch, channel, generate
from grpc import StatusCode as Code
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

SECONDS = 30
SYSTEM, JOB = "erp01", "erp01-files"


def refusal(call, request) -> Refused:
    """Calls, and wants to be refused."""
    try:
        answer = call(request, timeout=SECONDS)
        list(answer) if hasattr(answer, "code") else None
    except grpc.RpcError as error:
        return Refused(error)
    raise AssertionError(f"not refused: {request}")


def expect(refused: Refused, code: Code, reason: str, *words: str) -> Refused:
    assert (refused.code, refused.reason) == (code, reason), str(refused)
    for word in words:
        assert word in refused.text, (word, str(refused))
    return refused


def health_and_reflection(mara: Services) -> None:
    health = health_pb2_grpc.HealthStub(mara.channel)
    for service in ["", "ocdeck.v1.RestoresService"]:
        asked = health_pb2.HealthCheckRequest(service=service)
        answer = health.Check(asked, timeout=SECONDS)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    services = ProtoReflectionDescriptorDatabase(mara.channel).get_services()
    assert "ocdeck.v1.ApplianceService" in services, services


def describes(mara: Services, appliance: str) -> None:
    it = mara.appliance.Describe(a.DescribeRequest(), timeout=SECONDS)
    assert (it.appliance_id, it.caller.person) == (appliance, "mara"), it
    assert it.caller.role == "technician" and abs(it.now.ToSeconds() - time.time()) < 60
    lacking = {can.name: can.reason for can in it.capabilities if not can.available}
    assert "client and the provider" in lacking["restore.bare_metal"], lacking


def watches_a_job(mara: Services) -> Watch:
    watch = Watch(mara, heartbeat=300)
    watch.snapshot()
    assert watch.facts["system", SYSTEM].point_count == 0
    for run in [1, 2]:
        session = mara.jobs.StartJob(j.StartJobRequest(job_id=JOB), timeout=SECONDS).session_id
        if run == 1:  # it is still at it
            again = refusal(mara.jobs.StartJob, j.StartJobRequest(job_id=JOB))
            expect(again, Code.ALREADY_EXISTS, "JOB_RUNS", session)
            assert again.about["session_id"] == session
        ended = lambda facts: (it := facts.get(("session", session))) and it.HasField("ended") and it
        assert watch.until(ended).result == c.SESSION_RESULT_SUCCESS
        watch.until(lambda facts: facts["system", SYSTEM].point_count == run)
    assert watch.snapshots == 1, "the rest came as changes"
    lines = mara.jobs.TailLog(j.TailLogRequest(session_id=session), timeout=SECONDS)
    assert [line.text for page in lines for line in page.lines]
    return watch


def resumes(mara: Services, watch: Watch) -> None:
    # The subscription said 300 s; a later request says 1 s.
    watch.beat_every(1)
    while watch.next() != "heartbeat":
        pass
    watch.close()
    on = Watch(mara, resume=watch, heartbeat=1)
    on.until(lambda facts: ("system", SYSTEM) in facts and on.next() == "heartbeat")
    assert on.snapshots == 0, "it went on where it was"
    on.close()
    on.epoch = "of another start"
    afresh = Watch(mara, resume=on)
    afresh.snapshot()
    assert afresh.facts.keys() == on.facts.keys() and afresh.epoch != on.epoch
    afresh.close()


def points(mara: Services) -> list:
    found, token = [], ""
    while True:
        asked = k.ListRestorePointsRequest(system_id=SYSTEM, page_size=1, page_token=token)
        page = mara.catalog.ListRestorePoints(asked, timeout=SECONDS)
        assert len(page.points) == 1
        found += page.points
        token = page.next_page_token
        if not token:
            assert len(found) == 2 and found[0].time.ToNanoseconds() > found[1].time.ToNanoseconds()
            assert found[0].host == SYSTEM and not found[0].tags
            return found


def browses(mara: Services, point) -> bytes:
    root = point.folders[0]
    asked = k.BrowseRequest(system_id=SYSTEM, point_id=point.id, path=root)
    entries = [it for page in mara.catalog.Browse(asked, timeout=SECONDS) for it in page.entries]
    names = [it.name for it in entries]
    assert names == [b"data", b"big.bin", b"erp.conf"], names
    assert entries[1].size == 4_000_000 and entries[0].kind == k.ENTRY_KIND_FOLDER
    return root


def searches(mara: Services, found: list, root: bytes) -> None:
    asked = k.SearchRequest(system_id=SYSTEM, query=b"SEG_000?")
    news = list(mara.catalog.Search(asked, timeout=SECONDS))
    hits = [hit for it in news for hit in it.hits.hits]
    # What several points hold is told once.
    names = sorted(hit.path.removeprefix(root) for hit in hits)
    assert names == [b"/data/%d/seg_000%d" % (n % 4, n) for n in sorted(range(10), key=lambda n: n % 4)], names
    result = news[-1].result
    assert (result.progress.points_done, result.limited, list(result.unread)) == (2, False, [])
    asked = k.ListVersionsRequest(system_id=SYSTEM, path=root + b"/erp.conf")
    answers = list(mara.catalog.ListVersions(asked, timeout=SECONDS))
    [version] = [version for it in answers for version in it.versions]
    assert (version.points, version.newest_point_id) == (2, found[0].id), version


def order(point, paths=(), policy=None, **target) -> "r.RestoreOrder":
    return r.RestoreOrder(
        system_id=SYSTEM,
        point_id=point.id,
        paths=paths,
        target=r.Target(**target),
        policy=r.OVERWRITE_POLICY_KEEP_BOTH if policy is None else policy,
    )


def staging(reference: str) -> dict:
    return {"staging": r.Staging(reference=reference)}


def plans(mara: Services, wanted, reference: str) -> "r.PlanResult":
    asked = r.PlanRequest(order=wanted, reference=reference, time_zone="America/Denver")
    news = list(mara.restores.Plan(asked, timeout=SECONDS))
    assert [it.WhichOneof("body") for it in news].count("result") == 1
    result = news[-1].result
    assert len(result.digest) == 32 and not result.problems, result
    return result


def dispatch(wanted, plan, reference: str, **more) -> "r.DispatchRequest":
    fields = dict(request_id=str(uuid.uuid4()), attempt=1, priority=2, requester="Ann Lee of acme")
    return r.DispatchRequest(
        order=wanted,
        plan_digest=plan.digest,
        intent=c.Intent(reason="asked by phone", reference=reference),
        **(fields | more),
    )


def restores(mara: Services, point, root: bytes) -> "r.DispatchRequest":
    """Plans, dispatches, and watches it to its end."""
    wanted = order(point, [root + b"/data/0", root + b"/erp.conf"], **staging("R-0001"))
    plan = plans(mara, wanted, "R-0001")
    assert plan.written.files == 11 and plan.first_paths[0].endswith(b"R-0001/data/0/seg_0000"), plan
    asked = dispatch(wanted, plan, "R-0001")
    taken = mara.restores.Dispatch(asked, timeout=SECONDS).restore
    key = ("restore", f"{asked.request_id}:1")
    watch = Watch(mara)
    done = watch.until(lambda facts: (it := facts.get(key)) and it.HasField("ended") and it)
    watch.close()
    assert done.state == r.RESTORE_STATE_COMPLETED and done.actor == "mara", done
    assert done.verified.files == 11 and not done.failed and not done.unequal, done
    # An answer that was lost is asked for again: nothing starts twice.
    again = mara.restores.Dispatch(asked, timeout=SECONDS).restore
    assert (again.session_id, again.accepted) == (done.session_id, taken.accepted)
    return asked


def cancels(mara: Services, point, root: bytes) -> None:
    wanted = order(point, [root + b"/big.bin"], **staging("R-0002"))
    asked = dispatch(wanted, plans(mara, wanted, "R-0002"), "R-0002")
    mara.restores.Dispatch(asked, timeout=SECONDS)
    key = ("restore", f"{asked.request_id}:1")
    watch = Watch(mara)
    running = lambda facts: (it := facts.get(key)) and it.state == r.RESTORE_STATE_RUNNING
    watch.until(running)
    second = dispatch(wanted, plans(mara, wanted, "R-0002"), "R-0002", attempt=2)
    second.request_id = asked.request_id
    early = refusal(mara.restores.Dispatch, second)
    expect(early, Code.FAILED_PRECONDITION, "ATTEMPT_NOT_ENDED", "wait for its end")
    stop = r.CancelRequest(request_id=asked.request_id, attempt=1)
    silent = expect(refusal(mara.restores.Cancel, stop), Code.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    assert silent.fields == {"intent.reason": "say why"}, str(silent)
    stop.intent.reason = "the wrong file"
    mara.restores.Cancel(stop, timeout=SECONDS)
    ended = watch.until(lambda facts: facts[key].HasField("ended") and facts[key])
    watch.close()
    assert ended.state == r.RESTORE_STATE_CANCELLED and "the wrong file" in ended.message, ended
    late = refusal(mara.restores.Cancel, stop)
    expect(late, Code.FAILED_PRECONDITION, "RESTORE_ENDED", "has ended already")


def approves(mara: Services, eva: Services, point) -> None:
    """Beyond the limit of one person nothing begins before another one approves."""
    whole = order(point, policy=r.OVERWRITE_POLICY_REPLACE_ALL, original=r.OriginalPlace())
    plan = plans(mara, whole, "R-0005")
    assert plan.beyond_limit and not plan.approval_off and not plan.break_glass_off, plan
    asked = dispatch(whole, plan, "R-0005")
    waits = mara.restores.Dispatch(asked, timeout=SECONDS).restore
    assert waits.state == r.RESTORE_STATE_AWAITING_APPROVAL and not waits.session_id, waits
    assert waits.approval.beyond_limit == plan.beyond_limit, waits
    assert waits.approval.plan_digest == plan.digest and not waits.approval.HasField("decision")
    yes = r.ApproveRequest(request_id=asked.request_id, attempt=1, plan_digest=bytes(32))
    expect(refusal(mara.restores.Approve, yes), Code.PERMISSION_DENIED, "ROLE", "duty_manager")
    other = refusal(eva.restores.Approve, yes)
    expect(other, Code.FAILED_PRECONDITION, "OTHER_PLAN", "look at it again")
    no = r.RejectRequest(request_id=asked.request_id, attempt=1, plan_digest=plan.digest)
    silent = expect(refusal(eva.restores.Reject, no), Code.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    assert silent.fields == {"intent.reason": "say why"}, str(silent)
    yes.plan_digest = plan.digest
    taken = eva.restores.Approve(yes, timeout=SECONDS).restore
    said = taken.approval.decision
    assert said.approved and said.person == "eva" and taken.actor == "mara", taken
    key = ("restore", f"{asked.request_id}:1")
    watch = Watch(mara)
    watch.until(lambda facts: (it := facts.get(key)) and it.HasField("started"))
    no.intent.reason = "too late"
    late = refusal(eva.restores.Reject, no)
    expect(late, Code.FAILED_PRECONDITION, "NOT_AWAITING_APPROVAL", "eva approved it")
    stop = r.CancelRequest(request_id=asked.request_id, attempt=1)
    stop.intent.reason = "seen enough"
    mara.restores.Cancel(stop, timeout=SECONDS)
    watch.until(lambda facts: facts[key].HasField("ended"))
    watch.close()


def refuses_roles_and_strangers(people, point) -> None:
    mara, vic, eve, tom = (people(it) for it in ["mara", "vic", "eve", "tom"])
    role = refusal(vic.jobs.StartJob, j.StartJobRequest(job_id=JOB))
    expect(role, Code.PERMISSION_DENIED, "ROLE", "the role viewer may not call StartJob")
    assert role.about == {"role": "viewer", "method": "StartJob"}, role.about
    plan = r.PlanRequest(order=order(point, **staging("R-1")), reference="R-1")
    role = refusal(eve.restores.Plan, plan)
    expect(role, Code.PERMISSION_DENIED, "ROLE", "the role engineer may not", "duty_manager")

    # What is another tenant's is as if it were not there.
    asked = k.ListRestorePointsRequest(system_id=SYSTEM)
    for refused in [
        refusal(tom.catalog.ListRestorePoints, asked),
        refusal(tom.restores.Plan, plan),
        refusal(mara.catalog.ListRestorePoints, k.ListRestorePointsRequest(system_id="nowhere")),
    ]:
        expect(refused, Code.NOT_FOUND, "NOT_FOUND", 'no system "')
        assert refused.resource[0] == "system", refused.resource
    watch = Watch(tom)
    watch.snapshot()
    watch.close()
    assert ("system", "mail") in watch.facts and ("system", SYSTEM) not in watch.facts

    unknown = tom.channel.unary_unary("/ocdeck.v1.JobsService/Explode")
    expect(refusal(unknown, b""), Code.UNIMPLEMENTED, "UNKNOWN_CALL", "Explode")
    for person in [None, "old"]:
        refused = refusal(people(person).appliance.Describe, a.DescribeRequest())
        assert refused.code == Code.UNAVAILABLE, str(refused)


def refuses_orders(mara: Services, point, root: bytes, done) -> None:
    def plan_of(wanted):
        asked = r.PlanRequest(order=wanted, reference="R-0003", time_zone="UTC")
        return refusal(mara.restores.Plan, asked)

    elsewhere = plan_of(order(point, other_path=r.OtherPath(path=b"/etc/cron.d")))
    allowed = root.decode()
    expect(elsewhere, Code.PERMISSION_DENIED, "NOT_ALLOWED", "/etc/cron.d", allowed, "staging")
    theirs = plan_of(order(point, other_system=r.OtherSystem(system_id="mail")))
    expect(theirs, Code.PERMISSION_DENIED, "NOT_ALLOWED", "mail is no other system of acme")
    gone = order(point, **staging("R-0003"))
    gone.point_id = "0" * 64
    expect(plan_of(gone), Code.NOT_FOUND, "NOT_FOUND", "list the points again")

    wanted = order(point, [root + b"/erp.conf"], **staging("R-0003"))
    plan = plans(mara, wanted, "R-0003")
    forged = dispatch(wanted, plan, "R-0003")
    forged.plan_digest = bytes(32)
    refused = refusal(mara.restores.Dispatch, forged)
    expect(refused, Code.FAILED_PRECONDITION, "PLAN_UNKNOWN", "plan again")
    assert refused.precondition == "PLAN_UNKNOWN"
    other = dispatch(order(point, [root + b"/data"], **staging("R-0003")), plan, "R-0003")
    refused = refusal(mara.restores.Dispatch, other)
    expect(refused, Code.FAILED_PRECONDITION, "PLAN_OF_OTHER_ORDER", "plan again")

    # The key of an order that was taken, with other content.
    changed = r.DispatchRequest()
    changed.CopyFrom(done)
    changed.intent.reason = "another reason"
    refused = refusal(mara.restores.Dispatch, changed)
    expect(refused, Code.ALREADY_EXISTS, "DISPATCHED_OTHERWISE", "R-0001 by mara")
    first = {"request_id": done.request_id, "attempt": "1", "reference": "R-0001", "actor": "mara"}
    assert first.items() <= refused.about.items(), refused.about
    gap = dispatch(wanted, plan, "R-0003", request_id=done.request_id, attempt=3)
    refused = refusal(mara.restores.Dispatch, gap)
    expect(refused, Code.FAILED_PRECONDITION, "ATTEMPT_GAP", "the next attempt of this request is 2")

    whole = order(point, policy=r.OVERWRITE_POLICY_REPLACE_ALL, original=r.OriginalPlace())
    alone = dispatch(whole, plans(mara, whole, "R-0003"), "R-0003")
    alone.break_glass.reason = "the shop opens at six"
    glass = refusal(mara.restores.Dispatch, alone)
    assert list(glass.fields) == ["break_glass.duty_manager"], str(glass)
    idle = j.StopJobRequest(job_id=JOB, intent=c.Intent(reason="why not"))
    refused = refusal(mara.jobs.StopJob, idle)
    expect(refused, Code.FAILED_PRECONDITION, "JOB_NOT_RUNNING", "neither runs nor waits")


def refuses_what_is_malformed(mara: Services, point, root: bytes) -> None:
    good = order(point, [root], **staging("R-0004"))

    def planned(**more):
        fields = dict(order=good, reference="R-0004") | more
        return mara.restores.Plan, r.PlanRequest(**fields)

    def ordered(**more):
        wrong = r.RestoreOrder()
        wrong.CopyFrom(good)
        for field, value in more.items():
            if field == "paths":
                wrong.ClearField("paths")
                wrong.paths.extend(value)
            else:
                setattr(wrong, field, value)
        return planned(order=wrong)

    def dispatched(**more):
        fields = dict(
            order=good, plan_digest=bytes(32), request_id=str(uuid.uuid4()), attempt=1, priority=1
        )
        asked = r.DispatchRequest(**(fields | more))
        asked.intent.reference = "R-0004"
        return mara.restores.Dispatch, asked

    list_points, list_sessions = mara.catalog.ListRestorePoints, mara.jobs.ListSessions
    garbage = dict(page_token="../../etc/passwd")
    for field, (call, request) in [
        ("job_id", (mara.jobs.StartJob, j.StartJobRequest())),
        ("job_id", (mara.jobs.StartJob, j.StartJobRequest(job_id="x" * 1_000_000))),
        ("session_id", (mara.jobs.TailLog, j.TailLogRequest(session_id="a\nb"))),
        ("intent.reason", (mara.jobs.StartJob, j.StartJobRequest(
            job_id=JOB, intent=c.Intent(reason="x" * 3_000)))),
        ("system_id", (list_points, k.ListRestorePointsRequest(system_id="\x1b[2J"))),
        ("page_token", (list_points, k.ListRestorePointsRequest(system_id=SYSTEM, **garbage))),
        ("page_token", (list_sessions, j.ListSessionsRequest(**garbage))),
        ("path", (mara.catalog.Browse, k.BrowseRequest(
            system_id=SYSTEM, point_id=point.id, path=b"data"))),
        ("query", (mara.catalog.Search, k.SearchRequest(system_id=SYSTEM, query=b" "))),
        ("point_id", (mara.catalog.Search, k.SearchRequest(
            system_id=SYSTEM, query=b"x", point_id="x" * 300))),
        ("path", (mara.catalog.ListVersions, k.ListVersionsRequest(
            system_id=SYSTEM, path=b"erp.conf"))),
        ("order", (mara.restores.Plan, r.PlanRequest(reference="R-0004"))),
        ("order.policy", ordered(policy=99)),
        ("order.policy", ordered(policy=0)),
        ("order.point_id", ordered(point_id="")),
        ("order.paths", ordered(paths=[b"data/0"])),
        ("order.paths", ordered(paths=[root + b"/../../etc"])),
        ("order.paths", ordered(paths=[b"/" + b"x" * 40_000])),
        ("order.paths", ordered(paths=[b"/x"] * 10_001)),
        ("order.target.staging.reference", planned(order=order(point, **staging("../R-0004")))),
        ("order.target", planned(order=order(point))),
        ("reference", planned(reference="")),
        ("time_zone", planned(time_zone="Mars/Olympus")),
        ("request_id", dispatched(request_id="R-0118")),
        ("attempt", dispatched(attempt=0)),
        ("plan_digest", dispatched(plan_digest=b"short")),
        ("priority", dispatched(priority=9)),
        ("requester", dispatched(requester="x" * 3_000)),
    ]:
        refused = refusal(call, request)
        assert refused.code == Code.INVALID_ARGUMENT, (field, str(refused))
        assert list(refused.fields) == [field], (field, str(refused))
    call, request = dispatched(requester="x" * 5_000_000)
    expect(refusal(call, request), Code.RESOURCE_EXHAUSTED, "TOO_LARGE", "at most 4 MiB")


def main() -> None:
    options = argparse.ArgumentParser()
    for option, kind in [("proto", Path), ("pki", Path), ("address", str), ("appliance", str)]:
        options.add_argument(f"--{option}", type=kind, required=True)
    at = options.parse_args()
    generate(at.proto)
    global a, c, j, k, r
    from ocdeck.v1 import appliance_pb2 as a, catalog_pb2 as k, common_pb2 as c
    from ocdeck.v1 import jobs_pb2 as j, restores_pb2 as r

    def people(name):
        return Services(channel(at.address, at.appliance, at.pki, name))

    mara = people("mara")
    health_and_reflection(mara)
    describes(mara, at.appliance)
    watch = watches_a_job(mara)
    resumes(mara, watch)
    found = points(mara)
    newest = found[0]
    root = browses(mara, newest)
    searches(mara, found, root)
    done = restores(mara, newest, root)
    cancels(mara, newest, root)
    approves(mara, people("eva"), newest)
    refuses_roles_and_strangers(people, newest)
    refuses_orders(mara, newest, root, done)
    refuses_what_is_malformed(mara, newest, root)
    print("all as the contract says")


if __name__ == "__main__":
    main()
