"""Language models in this process, by transformers: MedGemma and other Gemma 3 models, and those of the Llama family."""

from cpgassist.models.local.folders import ChatFolder, look
from cpgassist.models.local.generating import TransformersModel
from cpgassist.models.local.loading import Plan, load, plan
from cpgassist.models.local.memory import Needs

__all__ = ["ChatFolder", "Needs", "Plan", "TransformersModel", "load", "look", "plan"]
