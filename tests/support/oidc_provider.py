"""A small OpenID Connect provider on loopback that signs for real, and lies when it is told to."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "holdfast", "a client's secret"


class Provider:
    """`claims` go into the ID token; `lie` changes how it is made."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.claims = {"sub": "u1", "preferred_username": "Olga", "groups": ["desk"]}
        self.lie = None
        self.codes = {}
        self.asked = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                provider.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def get(self, request):
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            issuer = "https://elsewhere.example" if self.lie == "issuer" else self.issuer
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            said = {name: self.issuer + end for name, end in ends.items()}
            return answer(request, said | {"issuer": issuer, "jwks_uri": self.issuer + "/keys"})
        if path == "/keys":
            return answer(request, {"keys": [self.key.as_dict(private=False)]})
        one = {name: values[0] for name, values in query.items()}
        code = secrets.token_urlsafe(12)
        self.codes[code] = one
        back = f"{one['redirect_uri']}?{urlencode({'code': code, 'state': one['state']})}"
        request.send_response(302)
        request.send_header("Location", back)
        request.end_headers()
        return None

    def post(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        begun = self.codes.pop(form.get("code"), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace("'", "%27").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        good = request.headers.get("Authorization") in (f"Basic {basic}", f"Basic {plain}")
        if not good or begun is None or begun["redirect_uri"] != form["redirect_uri"]:
            return answer(request, {"error": "invalid_grant"}, 400)
        proof = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != begun["code_challenge"]:
            return answer(request, {"error": "invalid_grant"}, 400)
        return answer(request, {"access_token": "x", "id_token": self.token(begun["nonce"])})

    def token(self, nonce):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= self.claims
        claims |= {
            "audience": {"aud": "somebody else"},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "nonce": {"nonce": "another"},
            "from": {"iss": "https://elsewhere.example"},
            "party": {"aud": [CLIENT, "other"], "azp": "other"},
            "future": {"iat": now + 7200, "exp": now + 9000},
        }.get(self.lie, {})
        if self.lie == "missing":
            del claims["nonce"]
        header, key = {"alg": "RS256", "kid": "one"}, self.key
        if self.lie == "key":
            key = RSAKey.generate_key(2048, {"kid": "one"})
        if self.lie == "none":
            parts = [json.dumps({"alg": "none"}), json.dumps(claims)]
            return ".".join([*(_coded(one.encode()) for one in parts), ""])
        if self.lie == "hmac":  # the public key taken for a shared secret
            parts = [json.dumps({"alg": "HS256", "kid": "one"}), json.dumps(claims)]
            coded = ".".join(_coded(one.encode()) for one in parts)
            made = hmac.digest(self.key.as_pem(private=False), coded.encode(), "sha256")
            return f"{coded}.{_coded(made)}"
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def _coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def answer(request, body, status=200):
    data = json.dumps(body).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    request.wfile.write(data)
