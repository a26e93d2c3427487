"""The names of Flask-SQLAlchemy, and their counterparts in the new module."""

from __future__ import annotations

# Names that are imported from it.
IMPORTED_NAMES = {
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
# Names that can stay, or that are only used as types.
KEPT_NAMES = frozenset({"SQLAlchemy", "DefaultMeta", "_FSAModel", "__version__"})
# Types that nothing replaces where they are more.
TYPES = frozenset({"DefaultMeta", "_FSAModel"})
# Methods and attributes of the ``db``.
DB_FUNCTIONS = {
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
DB_ATTRIBUTES = {
    "session",
    "Model",
    "Table",
    "relationship",
    "relation",
    "dynamic_loader",
    "engine",
}
DB_ATTRIBUTES |= {"engines", "metadata", "metadatas", "event"}
# Methods that create a session for a test; the second is the name in 3.x.
SESSION_FACTORIES = {"create_scoped_session", "_make_scoped_session"}
DB_FUNCTIONS_OF_2 = {"get_app", "app", "get_binds", "get_tables_for_bind"}
# What the new module needs for a file that is not converted.
COMPATIBILITY_FEATURES = {"__getattr__", "get_engines", "query", "QueryProperty"}
