"""The interview's branch rule, over HTTP: nobody who is unsafe or needs help is talked away."""

from receiving import Keypad, running


def test_an_unsafe_ticket_cannot_be_closed_by_phone(tmp_path):
    with running(tmp_path) as (_, client):
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        id_ = client.tickets()[0]["id"]
        early = client.act(id_, "answer", 1, question="safe", answer="yes")
        assert early.status_code == 409, "answers belong to who has taken the ticket"
        assert client.act(id_, "acknowledge", 1).status_code == 200
        assert client.act(id_, "answer", 2, question="safe", answer="perhaps").status_code == 409
        given = {
            "safe": "no",
            "nature": "A man with a knife",
            "place": "Back room",
            "number": "+420 222 111 000",
            "contact": "The same",
            "medical": "no",
        }
        for question, answer in given.items():
            done = client.act(id_, "answer", 2, question=question, answer=answer)
            assert done.status_code == 200
        refused = client.act(id_, "close", done.json()["version"], outcome="safe_by_phone")
        assert refused.status_code == 409
        assert "not by phone" in refused.json()["detail"]
        safe = client.act(id_, "answer", 2, question="safe", answer="yes").json()
        closed = client.act(id_, "close", safe["version"], outcome="safe_by_phone")
        assert closed.status_code == 200
        said = [one["detail"] for one in client.ticket(id_)["entries"] if one["act"] == "answer"]
        assert [one["answer"] for one in said if one["question"] == "safe"] == ["no", "yes"]
