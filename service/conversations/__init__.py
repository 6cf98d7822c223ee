"""Follow-up questions: what was asked before, by whom, and what a question means after it."""
