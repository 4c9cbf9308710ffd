"""Guideline -> passages. Every splitting rule is here and nowhere else: `splitting` cuts, `pieces` are what is never cut,
`drafts` become passages."""

from cpgassist.passages.drafts import CountTokens, passage_id
from cpgassist.passages.splitting import SPLITTING_VERSION, TARGET_TOKENS, split

__all__ = ["SPLITTING_VERSION", "TARGET_TOKENS", "CountTokens", "passage_id", "split"]
