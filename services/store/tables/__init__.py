"""Tables of the desk's parts, a module each; importing this knows them all, and those of `services.store.models`."""

from services.store.tables import documents, knowledge, people, portal, signin

__all__ = ["documents", "knowledge", "people", "portal", "signin"]
