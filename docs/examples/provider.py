#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a provider of synthesis does with Jianzhen: asks for consent, asks the gate before anything is
made, labels what was made and reports it, and deletes what a withdrawn consent was for. Python's standard
library and `jz label apply`; every call is one of docs/api.md.

  provider.py ask RECORD.json             consent id, case number and PIN: for the person, shown once
  provider.py make CONSENT INPUT OUTPUT   gate, token, the work itself, label, report; the decision's id
  provider.py clean                       deletes what has to be deleted, and proves it

JZ_URL is the server, JZ_KEY a file with a partner's key, PRODUCER the code or name in the label, and MEDIA the
folder in which inputs are kept, those of a consent in a folder of its id."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ["JZ_URL"].rstrip("/")
KEY = open(os.environ["JZ_KEY"]).read().strip()


class Refused(Exception):
    pass


def call(method, path, body=None, once=None):
    """An answer as an object. once: an idempotency key, under which a change is done once however often
    it is sent: so it is sent again where the network fails or the server is busy."""
    head = {"Authorization": "Bearer " + KEY, "Content-Type": "application/json"}
    if once is not None:
        head["Idempotency-Key"] = once
    data = None if body is None else json.dumps(body).encode()
    for wait in (1, 2, 4, 8, None):
        request = urllib.request.Request(URL + path, data, head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            if e.code not in (429, 503) or wait is None:
                text = e.read().decode()
                if e.code == 409 and '"decision"' in text:  # the gate's "needs_consent" is an answer
                    return json.loads(text)
                raise Refused(text) from None
            time.sleep(int(e.headers.get("Retry-After", wait)))
        except OSError:
            if wait is None or (method != "GET" and once is None):
                raise
            time.sleep(wait)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def ask(path):
    answer = call("POST", "/v1/consents", json.load(open(path)), str(uuid.uuid4()))
    print(answer["consent_id"], answer["case"], answer["pin"])


def synthesise(source, target):
    """Yours. It stands here for what happens only after the gate has permitted it."""
    shutil.copyfile(source, target)


def make(consent, source, target):
    grant = call("GET", "/v1/consents/" + consent)["record"]["grant"]
    use = {"operation": grant["operation"], "purpose": grant["purpose"], "media_sha256": [sha256(source)]}
    answer = call("POST", "/v1/gate/check", {
        "request_id": str(uuid.uuid4()),
        "requester": {"ref": "user-1", "real_name_verified": True, "standing": "ok"},
        "operation": use["operation"],
        "purpose": use["purpose"],
        "content_class": grant["content_class"][0],
        "subjects": [{"role": grant["face_role"], "media_sha256": use["media_sha256"][0], "consent_id": consent,
                      "apparent_minor": "no"}],
        "output": {"visibility": grant["visibility"], "commercial": grant["commercial"],
                   "territory": grant["territory"]},
        "labels": {"explicit": True, "implicit": True},
    })
    if answer["decision"] != "permit":
        raise Refused("%s: %s" % (answer["decision"], ", ".join(answer["reasons"])))
    decision = answer["decision_id"]
    call("POST", "/v1/gate/redeem", dict(use, token=answer["token"]), "redeem-" + decision)
    made = target + ".made" + os.path.splitext(target)[1]
    synthesise(source, made)
    subprocess.run(["jz", "label", "apply", "--quiet", "--producer", os.environ["PRODUCER"], "--id", decision,
                    "--visible", made, "-o", target], check=True, stdout=subprocess.DEVNULL)
    os.remove(made)  # nothing without a label is left
    call("POST", "/v1/gate/report", {"decision_id": decision, "output_sha256": sha256(target),
                                     "label_ids": [decision]}, "report-" + decision)
    print(decision)


def clean():
    for task in call("GET", "/v1/consents/tasks")["tasks"]:
        shutil.rmtree(os.path.join(os.environ["MEDIA"], task["consent_id"]), ignore_errors=True)
        # The proof is the hash of what shows it: here, of the list of what is left.
        left = "\n".join(sorted(os.listdir(os.environ["MEDIA"])))
        proof = hashlib.sha256(left.encode()).hexdigest()
        call("POST", "/v1/consents/deletions", {"task": task["task"], "proof": proof}, "deleted-%d" % task["task"])
        print("deleted:", task["consent_id"])


if __name__ == "__main__":
    commands = {("ask", 1): ask, ("make", 3): make, ("clean", 0): clean}
    chosen = commands.get((sys.argv[1] if len(sys.argv) > 1 else "", len(sys.argv) - 2))
    if chosen is None:
        sys.exit(__doc__)
    try:
        chosen(*sys.argv[2:])
    except Refused as e:
        sys.exit("refused: %s" % e)
