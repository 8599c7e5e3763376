import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conformance.tlog import judge_file, main


@pytest.fixture
def cases(shared, tmp_path) -> Path:
    """A copy of the outside cases that a test may change."""
    for path in (shared / "data" / "tlog").rglob("*.json"):
        copy = tmp_path / path.relative_to(shared / "data" / "tlog")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return tmp_path


@pytest.mark.shared
def test_all_outside_cases_pass(shared):
    done = subprocess.run(
        [sys.executable, "-m", "conformance.tlog", str(shared / "data" / "tlog")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *lines, last = done.stdout.splitlines()
    assert last == "320 passed, 0 failed, 251 refused"
    assert lines[-1].startswith("refused: wycheproof/aes_siv_cmac_test.json: AES-SIV-CMAC (")
    sizes = [line.split(": AES-256-GCM: ")[1] for line in lines[:-1]]  # every other refusal names its sizes
    assert len(sizes) == 250 and all("Size" in told and "ours" in told for told in sizes)
    assert not any("keySize 256" in told or "ivSize 96" in told for told in sizes)


@pytest.mark.shared
def test_a_wrong_expectation_is_a_failure(cases, capsys):
    for path in (cases / "merkle" / "consistency").rglob("happy-path.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"wantErr": True}))
    count = len(list((cases / "merkle" / "consistency").rglob("happy-path.json")))
    assert main([str(cases)]) == 1
    out = capsys.readouterr().out
    assert f", {count} failed, " in out
    assert "happy-path.json: accepted, must be rejected" in out


@pytest.mark.shared
def test_a_changed_signature_verdict_is_a_failure(cases, capsys):
    path = cases / "wycheproof" / "ed25519_test.json"
    document = json.loads(path.read_text())
    document["testGroups"][0]["tests"][0]["result"] = "invalid"
    path.write_text(json.dumps(document))
    assert main([str(cases)]) == 1
    assert "ed25519_test.json#1: accepted, must be rejected" in capsys.readouterr().out


@pytest.mark.shared
@pytest.mark.parametrize("part", ["key", "iv", "aad", "msg", "ct", "tag", "result"])
def test_a_changed_cipher_case_is_a_failure(cases, part):
    """A flipped bit in any part of a valid case: the verdict must turn, or the case was not looked at."""
    path = cases / "wycheproof" / "aes_gcm_test.json"
    document = json.loads(path.read_text())
    group = next(g for g in document["testGroups"] if (g["keySize"], g["ivSize"]) == (256, 96))
    case = next(one for one in group["tests"] if one["result"] == "valid" and one["aad"] and one["msg"])
    first = {"result": "invalid"}.get(part) or f"{int(case[part][:2], 16) ^ 1:02x}{case[part][2:]}"
    document["testGroups"] = [group | {"tests": [case | {part: first}]}]
    path.write_text(json.dumps(document))
    assert [verdict.result for verdict in judge_file(path, name="x")] == ["failed"]


HASH = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
SM4 = '{"type": "AeadTest", "keySize": 128, "ivSize": 96, "tagSize": 128'
SM4_CASE = json.dumps(  # RFC 8998 appendix A.1
    {
        "key": "0123456789abcdeffedcba9876543210",
        "iv": "00001234567800000000abcd",
        "aad": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "msg": "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        "ct": "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        "tag": "83de3541e4c2b58177e065a9bf7b62ec",
        "result": "valid",
    }
)
NOTE = '"kind": "signed-note", "vkey": "a", "note": "b"'
HASHES = '"kind": "rfc6962-hash", "leaf_a": "00", "twig": "00"'


@pytest.mark.parametrize(
    ("name", "text", "results"),
    [
        ("inclusion/zero.json", f'{{"treeSize": 1, "leafHash": "{HASH}", "root": "{HASH}"}}', ["passed"]),
        ("inclusion/bare.json", '{"desc": "nothing given", "wantErr": true}', ["passed"]),
        ("consistency/bare.json", '{"desc": "nothing given", "wantErr": true}', ["passed"]),
        ("elsewhere/bare.json", '{"desc": "nothing given", "wantErr": true}', ["refused"]),
        ("x.json", f'{{"size1": 1, "size2": 1, "root1": "{HASH}", "root2": "{HASH}"}}', ["passed"]),
        ("x.json", '{"size1": 0, "size2": 0, "root1": "", "root2": "", "wantErr": false}', ["failed"]),
        ("x.json", '{"leafIdx": "0", "treeSize": 1, "wantErr": true}', ["refused"]),
        ("x.json", '{"leafIdx": 0, "treeSize": 1, "root": "no base64!", "wantErr": true}', ["refused"]),
        ("subtree.json", '{"start": 0, "end": 1, "treeSize": 1, "proof": [], "wantErr": false}', ["refused"]),
        ("x.json", "not json", ["refused"]),
        ("x.json", "[]", ["refused"]),
        ("cases.yaml", "a: 1", ["refused"]),
        ("x.json", '{"vectors": [{"kind": "tlog-proof"}, 7]}', ["refused", "refused"]),
        ("x.json", f'{{"vectors": [{{{NOTE}}}]}}', ["passed"]),
        ("x.json", f'{{"vectors": [{{{NOTE}, "expect": "valid"}}]}}', ["failed"]),
        ("x.json", '{"vectors": [{"kind": "signed-note"}]}', ["refused"]),
        ("x.json", f'{{"vectors": [{{{HASHES}}}]}}', ["failed", "refused"]),
        ("x.json", '{"algorithm": "ECDSA", "testGroups": [{"type": "EcdsaVerify"}]}', ["refused"]),
        ("x.json", f'{{"algorithm": "SM4-GCM", "testGroups": [{SM4}, "tests": [{SM4_CASE}]}}]}}', ["passed"]),
        ("x.json", f'{{"algorithm": "SM4-GCM", "testGroups": [{SM4}, "tests": [{{}}]}}]}}', ["refused"]),
    ],
)  # fmt: skip
def test_files_of_every_kind(tmp_path, name, text, results):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert [verdict.result for verdict in judge_file(path, name=name)] == results


def test_a_call_without_a_folder_says_how(capsys, tmp_path):
    assert main([]) == 2
    assert main([str(tmp_path / "missing")]) == 2
    assert "usage:" in capsys.readouterr().err


def test_an_empty_folder_has_nothing_to_fail(capsys, tmp_path):
    (tmp_path / "README.md").write_text("about")
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "0 passed, 0 failed, 0 refused\n"
