"""Programs over the whole of LangGraph (`docs/programs.md`): what builds them, and what runs and watches them."""
