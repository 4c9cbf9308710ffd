"""Language models behind servers: OpenAI-compatible ones, on this machine by default, and Vertex AI endpoints."""

from cpgassist.models.servers.chat import ServerModel, server_model
from cpgassist.models.servers.vertex import vertex_model

__all__ = ["ServerModel", "server_model", "vertex_model"]
