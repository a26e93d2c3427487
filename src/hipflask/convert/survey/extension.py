"""The names of Flask-SQLAlchemy, and what the new module has for each."""

from __future__ import annotations

# What is imported from it.
NAMES = {
    "Pagination": "Pagination",
    "QueryPagination": "QueryPagination",
    "SelectPagination": "SelectPagination",
    "Query": "Query",
    "BaseQuery": "Query",
    "get_recorded_queries": "get_recorded_queries",
    "get_debug_queries": "get_debug_queries",
    "models_committed": "models_committed",
    "before_models_committed": "before_models_committed",
    "Session": "BoundSession",
    "SignallingSession": "BoundSession",
    "Model": "ModelMethods",
}
# Those that are no trouble where they stay, or have a meaning for types only.
LEFT = frozenset({"SQLAlchemy", "DefaultMeta", "__version__"})
# What its object does, or has.
FUNCTIONS = {
    "init_app",
    "create_all",
    "drop_all",
    "reflect",
    "get_engine",
    "paginate",
    "get_or_404",
    "first_or_404",
    "one_or_404",
    "Query",
}
OTHERS = {"session", "Model", "Table", "relationship", "relation", "dynamic_loader", "engine"}
OTHERS |= {"engines", "metadata", "metadatas", "event"}
# Those that make a session for a test; the second is the name of the third generation.
MAKES_SESSION = {"create_scoped_session", "_make_scoped_session"}
OF_2 = {"get_app", "app", "get_binds", "get_tables_for_bind"}
# What the new module needs for a file that is left as it was.
OLD_NAMES = {"__getattr__", "get_engines", "query", "QueryProperty"}
