"""自相矛盾证明: two things a party signed that cannot both be honest, side by side; checked here."""

from creditloop.evidence.network import canonical_form
from creditloop.evidence.network.node import Contradiction, Fork, check_contradiction
from creditloop.kernel.errors import EvidenceError, UnknownId
from creditloop.service.console.network import kind_of
from creditloop.service.console.network_reading import ask_node, holds_simulated, way_to_network
from creditloop.service.console.visit import Answer, Download, Page, Visit
from creditloop.service.evidence_node import NodeClient


def show_network_proof(visit: Visit) -> Answer:
    """Show a proof with both signed texts; or give it as the nodes keep it."""
    text = visit.path["number"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    found = ask_node(visit, lambda client: _look(client, number))
    if isinstance(found, Page):
        return found
    contradiction, problem = found
    if visit.query.get("file") == "proof":
        return Download(text=contradiction.body().decode(), name=f"contradiction-{number}.json")
    with visit.reading() as connection:
        simulated = holds_simulated(connection)
    proof = contradiction.proof
    if isinstance(proof, Fork):
        signed = [proof.first, proof.second]
    else:
        signed = [canonical_form(one).decode() for one in (proof.first, proof.second)]
    record = {
        "number": number,
        "contradiction": contradiction,
        "kind": kind_of(contradiction),
        "signed": signed,
        "leaves": [proof.first_leaf, proof.second_leaf] if isinstance(proof, Fork) else (),
        "index": proof.index if isinstance(proof, Fork) and proof.first_leaf else None,
        "problem": problem,
        "simulated": simulated,
    }
    here = visit.words("network.proof_of", party=contradiction.origin)
    return Page(template="network_proof.html", record=record, trail=way_to_network(visit, (here, None)))


def _look(client: NodeClient, number: int) -> tuple[Contradiction, str]:
    known = client.status()[0].contradictions
    if not 1 <= number <= len(known):
        raise UnknownId("the node has no such proof", got=number, expected=f"1 to {len(known)}")
    try:
        check_contradiction(known[number - 1], network=client.trusted.network)
    except EvidenceError as error:
        return known[number - 1], error.message
    return known[number - 1], ""
