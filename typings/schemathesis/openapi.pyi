from schemathesis import Schema
from schemathesis.config import SchemathesisConfig

def from_url(url: str, *, config: SchemathesisConfig | None = None) -> Schema: ...
